//! ResNets for CIFAR-10 (He et al. 2016, section 4.2), with and without shortcuts, and wide ones
//! (Zagoruyko and Komodakis 2016), as the paper's code has them: a shortcut that changes shape is a
//! 1 x 1 convolution with batch norm, and without shortcuts nothing else changes.

use super::Value;
use super::builder::{Builder, Conv};

/// Deeper or wider ones than anyone trains are refused, so that a slip of the finger does not fill
/// the memory.
const MAX_DEPTH: usize = 2000;
const MAX_WIDTH: usize = 64;

/// Builds `resnet{6n+2}`, `wrn{6n+2}_{k}` or one of them with `_noshort`; gives the title, or
/// `None` for other names.
pub(super) fn build(name: &str, b: &mut Builder) -> Option<String> {
    let (base, shortcuts) = match name.strip_suffix("_noshort") {
        Some(base) => (base, false),
        None => (name, true),
    };
    let (depth, width, mut title) = if let Some(depth) = base.strip_prefix("resnet") {
        (number(depth, MAX_DEPTH)?, 1, format!("ResNet-{depth}"))
    } else {
        let (depth, width) = base.strip_prefix("wrn")?.split_once('_')?;
        let title = format!("WRN-{depth}-{width}");
        (number(depth, MAX_DEPTH)?, number(width, MAX_WIDTH)?, title)
    };
    if depth < 8 || depth % 6 != 2 {
        return None;
    }
    if !shortcuts {
        title.push_str(" without shortcuts");
    }
    layers(b, depth, width, shortcuts);
    Some(title)
}

fn layers(b: &mut Builder, depth: usize, width: usize, shortcuts: bool) {
    let images = b.images();
    let x = conv(b, images, "conv1", 16 * width, 3, 1);
    let x = b.batch_norm(x, "bn1");
    let mut x = b.relu(x);
    for (stage, planes) in [(1, 16 * width), (2, 32 * width), (3, 64 * width)] {
        for index in 0..(depth - 2) / 6 {
            let stride = if stage > 1 && index == 0 { 2 } else { 1 };
            x = block(b, x, &format!("layer{stage}.{index}"), planes, stride, shortcuts);
        }
    }
    let x = b.global_mean(x);
    b.classifier(x, "linear");
}

fn block(
    b: &mut Builder,
    x: Value,
    name: &str,
    planes: usize,
    stride: usize,
    shortcuts: bool,
) -> Value {
    let y = conv(b, x, &format!("{name}.conv1"), planes, 3, stride);
    let y = b.batch_norm(y, &format!("{name}.bn1"));
    let y = b.relu(y);
    let y = conv(b, y, &format!("{name}.conv2"), planes, 3, 1);
    let mut y = b.batch_norm(y, &format!("{name}.bn2"));
    if shortcuts {
        let mut shortcut = x;
        if stride != 1 || b.channels(x) != planes {
            shortcut = conv(b, shortcut, &format!("{name}.shortcut.0"), planes, 1, stride);
            shortcut = b.batch_norm(shortcut, &format!("{name}.shortcut.1"));
        }
        y = b.add(y, shortcut);
    }
    b.relu(y)
}

fn conv(b: &mut Builder, x: Value, name: &str, out: usize, kernel: usize, stride: usize) -> Value {
    b.conv(x, name, Conv { out, kernel, stride, bias: false })
}

/// A positive number without sign or leading zero, so that a network has one name.
fn number(text: &str, max: usize) -> Option<usize> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|n| plain && *n <= max)
}
