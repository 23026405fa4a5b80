//! What is on the screen, pixel by pixel.

/// Colours on the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    rgb: Vec<[u8; 3]>,
}

impl Picture {
    pub(crate) fn decode(png: &[u8]) -> Self {
        let decoder = png::Decoder::new(std::io::Cursor::new(png));
        let mut reader = decoder.read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size that fits")];
        let info = reader.next_frame(&mut bytes).expect("a whole PNG");
        let n_channels = info.color_type.samples();
        let rgb = bytes[..info.buffer_size()].chunks(n_channels).map(|c| [c[0], c[1], c[2]]);
        Self { width: info.width as usize, rgb: rgb.collect() }
    }

    /// The colour at a place.
    pub fn at(&self, [x, y]: [f64; 2]) -> [u8; 3] {
        self.rgb[y as usize * self.width + x as usize]
    }

    /// The colours within `reach` pixels of a place.
    pub fn around(&self, [x, y]: [f64; 2], reach: i32) -> Vec<[u8; 3]> {
        let offsets = || (-reach..=reach).map(f64::from);
        offsets()
            .flat_map(|dy| offsets().map(move |dx| (dx, dy)))
            .map(|(dx, dy)| self.at([x + dx, y + dy]))
            .collect()
    }

    /// How many pixels of a region (left, top, width, height) differ from another picture's by more
    /// than the smoothing of an edge does that moves by a small part of a pixel.
    pub fn n_changed(&self, other: &Self, [left, top, width, height]: [usize; 4]) -> usize {
        let places = (top..top + height).flat_map(|y| (left..left + width).map(move |x| (x, y)));
        let channels = |picture: &Self, at: usize| picture.rgb[at].map(i16::from);
        places
            .map(|(x, y)| y * self.width + x)
            .filter(|at| {
                let (a, b) = (channels(self, *at), channels(other, *at));
                a.iter().zip(b).any(|(a, b)| (a - b).abs() > 32)
            })
            .count()
    }
}
