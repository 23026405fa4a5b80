//! A `.lossland` file put together by hand, from the documentation and not from the code, so that
//! each part can be made wrong behind a checksum that is right.

#![allow(dead_code, reason = "each test that includes it needs a part of it")]

/// The parts of a file of 3 x 2 points with one field.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) version: u16,
    pub(crate) flags: u16,
    pub(crate) id: Vec<u8>,
    pub(crate) title: Vec<u8>,
    pub(crate) provenance: Vec<u8>,
    pub(crate) x: (f64, f64, u32),
    pub(crate) y: (f64, f64, u32),
    pub(crate) n_fields: Option<u64>,
    pub(crate) fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) trajectories: Vec<[Vec<u8>; 3]>,
    pub(crate) appended_to_body: Vec<u8>,
}

pub(crate) fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(crate) fn f64s(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

impl Parts {
    pub(crate) fn valid() -> Self {
        Self {
            version: 1,
            flags: 0,
            id: b"small".into(),
            title: b"A small one".into(),
            provenance: br#"{"network":"resnet20"}"#.into(),
            x: (-1.0, 1.0, 3),
            y: (-0.5, 0.5, 2),
            n_fields: None,
            fields: vec![(
                b"train_loss".into(),
                f32s(&[0.25, f32::NAN, f32::INFINITY, 1.0, 2.0, 3.0]),
            )],
            trajectories: vec![[b"sgd".into(), f64s(&[1.0, 0.0]), f64s(&[0.5, 0.0])]],
            appended_to_body: Vec::new(),
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let count = |body: &mut Vec<u8>, n: usize| body.extend((n as u64).to_le_bytes());
        let bytes = |body: &mut Vec<u8>, bytes: &[u8]| {
            count(body, bytes.len());
            body.extend(bytes);
        };
        for text in [&self.id, &self.title, &self.provenance] {
            bytes(&mut body, text);
        }
        for (first, last, len) in [self.x, self.y] {
            body.extend(first.to_le_bytes());
            body.extend(last.to_le_bytes());
            body.extend(len.to_le_bytes());
        }
        body.extend(self.n_fields.unwrap_or(self.fields.len() as u64).to_le_bytes());
        for (name, values) in &self.fields {
            bytes(&mut body, name);
            bytes(&mut body, values);
        }
        count(&mut body, self.trajectories.len());
        for part in self.trajectories.iter().flatten() {
            bytes(&mut body, part);
        }
        body.extend(&self.appended_to_body);
        body
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let mut file = sealed(&self.body());
        file[8..10].copy_from_slice(&self.version.to_le_bytes());
        file[10..12].copy_from_slice(&self.flags.to_le_bytes());
        reseal(&mut file);
        file
    }
}

/// The parts of a first part of 3 x 2 points whose field is the second of two.
#[derive(Clone)]
pub(crate) struct FirstParts {
    pub(crate) version: u16,
    pub(crate) title: Vec<u8>,
    pub(crate) provenance: Vec<u8>,
    pub(crate) x: (f64, f64, u32),
    pub(crate) n_names: u64,
    pub(crate) names: Vec<&'static [u8]>,
    pub(crate) shown: u32,
    pub(crate) planes: Vec<u8>,
}

impl FirstParts {
    pub(crate) fn valid() -> Self {
        Self {
            version: 1,
            title: b"A small one".into(),
            provenance: br#"{"network":"resnet20"}"#.into(),
            x: (-1.0, 1.0, 3),
            n_names: 2,
            names: vec![b"test_loss", b"train_loss"],
            shown: 1,
            planes: vec![0; 24],
        }
    }

    pub(crate) fn file(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let bytes = |body: &mut Vec<u8>, bytes: &[u8]| {
            body.extend((bytes.len() as u64).to_le_bytes());
            body.extend(bytes);
        };
        for text in [b"small", &self.title[..], &self.provenance] {
            bytes(&mut body, text);
        }
        for (first, last, len) in [self.x, (-0.5, 0.5, 2)] {
            body.extend(first.to_le_bytes());
            body.extend(last.to_le_bytes());
            body.extend(len.to_le_bytes());
        }
        body.extend(self.n_names.to_le_bytes());
        for name in &self.names {
            bytes(&mut body, name);
        }
        body.extend(self.shown.to_le_bytes());
        bytes(&mut body, &self.planes);
        let mut file = sealed(&body);
        file[..8].copy_from_slice(b"LOSSPART");
        file[8..10].copy_from_slice(&self.version.to_le_bytes());
        reseal(&mut file);
        file
    }
}

/// A file with this body, whatever it is.
pub(crate) fn sealed(body: &[u8]) -> Vec<u8> {
    let mut file = b"LOSSLAND\x01\0\0\0".to_vec();
    file.extend((body.len() as u64).to_le_bytes());
    file.extend([0; 4]);
    file.extend(body);
    reseal(&mut file);
    file
}

/// Puts in the length and the checksum that go with what is there.
pub(crate) fn reseal(file: &mut [u8]) {
    let body_len = file.len() as u64 - 24;
    file[12..20].copy_from_slice(&body_len.to_le_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..20]);
    hasher.update(&file[24..]);
    let crc = hasher.finalize();
    file[20..24].copy_from_slice(&crc.to_le_bytes());
}
