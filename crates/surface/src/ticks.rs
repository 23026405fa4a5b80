//! Round numbers along an axis, and how they are written.

/// The roundest step (1, 2 or 5 times a power of ten) that divides `span` into at most `n` parts.
pub fn round_step(span: f64, n: usize) -> f64 {
    let raw = span / n.max(1) as f64;
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let magnitude = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|digit| digit * magnitude)
        .into_iter()
        // A step that is too small by rounding alone is not too small.
        .find(|step| *step >= raw * (1.0 - 1e-9));
    step.unwrap_or(10.0 * magnitude)
}

/// At most `n + 1` round numbers from `lo` to `hi`, both included where they are round.
pub fn round_ticks(lo: f64, hi: f64, n: usize) -> Vec<f64> {
    let span = hi - lo;
    if !(span.is_finite() && span > 0.0) {
        return if lo.is_finite() { vec![lo] } else { Vec::new() };
    }
    let step = round_step(span, n);
    let slack = 1e-6;
    let first = (lo / step - slack).ceil();
    // Far from zero and close together: neighbouring numbers may not be told apart.
    (0..=n)
        .map(|i| (first + i as f64) * step + 0.0)
        .take_while(|tick| *tick <= hi + slack * step)
        .collect()
}

/// The powers of ten from `lo` to `hi`, thinned out to at most `n`; the largest is kept. Where they
/// are few, three times each as well.
pub fn decade_ticks(lo: f64, hi: f64, n: usize) -> Vec<f64> {
    if !(lo > 0.0 && hi > lo && hi.is_finite()) {
        return Vec::new();
    }
    let first = (lo.log10() - 1e-6).ceil() as i32;
    let last = (hi.log10() + 1e-6).floor() as i32;
    let ones_and_threes: Vec<f64> = (first - 1..=last)
        .flat_map(|exponent| [1, 3].map(|digit| f64::from(digit) * 10_f64.powi(exponent)))
        .filter(|tick| (lo * (1.0 - 1e-6)..=hi * (1.0 + 1e-6)).contains(tick))
        .collect();
    if ones_and_threes.len() <= n {
        return ones_and_threes;
    }
    let n_decades = (last - first + 1).max(0) as usize;
    let stride = n_decades.div_ceil(n.max(1)).max(1);
    let mut ticks: Vec<f64> =
        (first..=last).rev().step_by(stride).map(|exponent| 10_f64.powi(exponent)).collect();
    ticks.reverse();
    ticks
}

/// `value` as people read it: as many decimals as `step` needs, a real minus sign, powers of ten
/// where digits would be too many.
pub fn tick_text(value: f64, step: f64) -> String {
    if step == 0.0 {
        return value_text(value);
    }
    let magnitude = value.abs().max(step.abs());
    let plain = (1e-4..1e6).contains(&magnitude) || magnitude == 0.0;
    let text = if plain {
        let n_decimals = (-step.abs().log10().floor()).clamp(0.0, 6.0) as usize;
        format!("{value:.n_decimals$}")
    } else {
        format!("{value:.1e}").replace(".0e", "e")
    };
    with_minus_sign(&text)
}

/// A measured value, to four significant digits.
pub fn value_text(value: f64) -> String {
    if value.is_nan() {
        return "not computed".into();
    }
    if value.is_infinite() {
        return "overflowed".into();
    }
    let magnitude = value.abs();
    let text = if magnitude == 0.0 {
        "0".into()
    } else if (1e-3..1e5).contains(&magnitude) {
        let n_decimals = (3.0 - magnitude.log10().floor()).clamp(0.0, 6.0) as usize;
        format!("{value:.n_decimals$}")
    } else {
        format!("{value:.3e}")
    };
    with_minus_sign(&text)
}

/// A share, 0 to 1, in per cent; "less than 1 %" where rounding would say none.
pub fn percent_text(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0\u{a0}%".into(),
        percent if percent < 1.0 => "less than 1\u{a0}%".into(),
        percent if percent > 99.0 && percent < 100.0 => "more than 99\u{a0}%".into(),
        percent => format!("{percent:.0}\u{a0}%"),
    }
}

/// A hyphen is not a minus sign, and zero has none.
fn with_minus_sign(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.into(),
        _ => text.replace('-', "\u{2212}"),
    }
}

/// A whole number, its digits in groups of three: "12,345".
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(round_ticks(-1.0, 1.0, 4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(round_ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(round_ticks(-1.0, 2.0, 4), [-1.0, 0.0, 1.0, 2.0]);
        assert_eq!(round_ticks(0.3, 0.9, 3), [0.4, 0.6000000000000001, 0.8]);
    }

    #[test]
    fn odd_ranges_give_few_ticks_and_no_endless_loop() {
        assert_eq!(round_ticks(2.0, 2.0, 5), [2.0]);
        assert!(round_ticks(f64::NAN, 1.0, 5).is_empty());
        assert!(round_ticks(-1e308, 1e308, 5).len() <= 6);
        assert!(round_ticks(1e15, 1e15 + 1.0, 5).len() <= 6);
    }

    #[test]
    fn decades_are_thinned_from_the_top() {
        assert_eq!(decade_ticks(0.01, 10.0, 5), [0.01, 0.1, 1.0, 10.0]);
        assert_eq!(decade_ticks(0.1, 10.0, 5), [0.1, 0.30000000000000004, 1.0, 3.0, 10.0]);
        assert_eq!(decade_ticks(1e-8, 1.0, 5), [1e-8, 1e-6, 1e-4, 1e-2, 1.0]);
        assert!(decade_ticks(-1.0, 1.0, 5).is_empty());
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(tick_text(-0.5, 0.5), "\u{2212}0.5");
        assert_eq!(tick_text(-0.0, 0.5), "0.0");
        assert_eq!(tick_text(10.0, 2.0), "10");
        assert_eq!(tick_text(2e7, 1e7), "2e7");
        assert_eq!(tick_text(0.0, 0.0), "0");
        assert_eq!(value_text(2.345_678), "2.346");
        assert_eq!(value_text(0.006_9), "0.006900");
        assert_eq!(value_text(276.4), "276.4");
        assert_eq!(value_text(1.25e-5), "1.250e\u{2212}5");
        assert_eq!(percent_text(0.374), "37\u{a0}%");
        assert_eq!(percent_text(0.000_1), "less than 1\u{a0}%");
    }

    #[test]
    fn thousands_are_set_apart() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), text);
        }
    }
}
