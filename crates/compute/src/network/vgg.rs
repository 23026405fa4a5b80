//! VGG for CIFAR-10 (Simonyan and Zisserman 2015), as the paper's code has it: batch norm after
//! every convolution, and one hidden linear layer, with batch norm too, before the classifier.

use super::builder::{Builder, Conv};

/// Builds `vgg9`, `vgg16` or `vgg19`; gives the title, or `None` for other names.
pub(super) fn build(name: &str, b: &mut Builder) -> Option<String> {
    // Output channels of the convolutions of each stage; a stage ends with a pooling.
    let stages: &[&[usize]] = match name {
        "vgg9" => &[&[64; 2], &[128; 2], &[256; 3]],
        "vgg16" => &[&[64; 2], &[128; 2], &[256; 3], &[512; 3], &[512; 3]],
        "vgg19" => &[&[64; 2], &[128; 2], &[256; 4], &[512; 4], &[512; 4]],
        _ => return None,
    };
    let mut x = b.images();
    // The paper's code numbers the layers of `features` in one list: convolution, batch norm, ReLU
    // or pooling.
    let mut index = 0;
    for stage in stages {
        for &out in *stage {
            let conv = Conv { out, kernel: 3, stride: 1, bias: true };
            x = b.conv(x, &format!("features.{index}"), conv);
            x = b.batch_norm(x, &format!("features.{}", index + 1));
            x = b.relu(x);
            index += 3;
        }
        x = b.max_pool(x);
        index += 1;
    }
    let hidden = b.channels(x);
    x = b.flatten(x);
    x = b.linear(x, "fc.0", hidden);
    x = b.batch_norm(x, "fc.1");
    x = b.relu(x);
    b.classifier(x, "classifier");
    Some(format!("VGG-{}", &name["vgg".len()..]))
}
