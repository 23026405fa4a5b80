//! DenseNet-121 for CIFAR-10 (Huang et al. 2017), as the paper's code has it: growth rate 32,
//! bottlenecks of 1 x 1 then 3 x 3 convolutions, new channels put before the old ones.

use super::Value;
use super::builder::{Builder, Conv};

const GROWTH: usize = 32;
const BLOCKS: [usize; 4] = [6, 12, 24, 16];

/// Builds `densenet121`; gives the title, or `None` for other names.
pub(super) fn build(name: &str, b: &mut Builder) -> Option<String> {
    if name != "densenet121" {
        return None;
    }
    let images = b.images();
    let mut x = conv(b, images, "conv1", 2 * GROWTH, 3);
    for (block, layers) in (1..).zip(BLOCKS) {
        for layer in 0..layers {
            x = dense(b, x, &format!("dense{block}.{layer}"));
        }
        if block < BLOCKS.len() {
            x = transition(b, x, &format!("trans{block}"));
        }
    }
    x = b.batch_norm(x, "bn");
    x = b.relu(x);
    x = b.global_mean(x);
    b.classifier(x, "linear");
    Some("DenseNet-121".to_owned())
}

fn dense(b: &mut Builder, x: Value, name: &str) -> Value {
    let y = b.batch_norm(x, &format!("{name}.bn1"));
    let y = b.relu(y);
    let y = conv(b, y, &format!("{name}.conv1"), 4 * GROWTH, 1);
    let y = b.batch_norm(y, &format!("{name}.bn2"));
    let y = b.relu(y);
    let y = conv(b, y, &format!("{name}.conv2"), GROWTH, 3);
    b.concat(y, x)
}

/// Halves the channels and the side.
fn transition(b: &mut Builder, x: Value, name: &str) -> Value {
    let out = b.channels(x) / 2;
    let y = b.batch_norm(x, &format!("{name}.bn"));
    let y = b.relu(y);
    let y = conv(b, y, &format!("{name}.conv"), out, 1);
    b.average_pool(y)
}

fn conv(b: &mut Builder, x: Value, name: &str, out: usize, kernel: usize) -> Value {
    b.conv(x, name, Conv { out, kernel, stride: 1, bias: false })
}
