//! The camera in the built page: mouse, wheel, keys and fingers, and what is drawn meanwhile.

#![allow(missing_docs, reason = "tests say what they are by their names")]

use lossland_tests::browser::{ASIDE, CENTER, DESKTOP, MIDDLE, Page, dist, number, with_page};
use lossland_tests::site::{Site, surface};

const PHONE: [u32; 2] = [390, 844];

/// One surface without any symmetry.
fn site(dist: &std::path::Path) -> Site {
    let slope = surface("slope", ["-1:2:7", "-0.5:0.5:5"], "train_loss", |alpha, beta| {
        (3.0 - alpha - 2.0 * beta + 0.4 * (5.0 * alpha + 3.0 * beta).sin()) as f32
    });
    Site::new(dist, &[slope], 1)
}

async fn camera(page: &Page) -> String {
    let mut text = String::new();
    for id in ["camera-position", "camera-rotation", "camera-distance"] {
        text += &page.text(id).await;
        text += "; ";
    }
    text
}

#[test]
fn mouse_wheel_and_keys_move_the_camera() {
    let Some(dist) = dist() else { return };
    with_page(&site(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let first = (camera(page).await, page.picture().await);
        let [x, y] = CENTER;
        let mut before = first.0.clone();
        let mut changed = async |what: &str| {
            let after = camera(page).await;
            assert_ne!(after, before, "{what}");
            before = after;
        };
        page.drag("left", CENTER, [x + 120.0, y + 30.0]).await;
        changed("a drag turns").await;
        assert!(page.picture().await.n_changed(&first.1, MIDDLE) > 10_000);
        let distance = number(&page.text("camera-distance").await);
        page.wheel(CENTER, -240.0).await;
        changed("the wheel zooms").await;
        assert!(number(&page.text("camera-distance").await) < distance);
        page.drag("middle", CENTER, [x, y + 40.0]).await;
        changed("the middle button zooms").await;
        page.drag("right", CENTER, [x + 40.0, y]).await;
        changed("the right button moves").await;
        for key in ["ArrowLeft", "ArrowUp", "+", "-"] {
            page.key(key).await;
            changed(key).await;
        }
        page.key("Home").await;
        page.point_at(ASIDE).await;
        assert_eq!(camera(page).await, first.0, "Home restores the first view");
        assert_eq!(page.picture().await.n_changed(&first.1, MIDDLE), 0);
    });
}

#[test]
fn fingers_turn_and_pinch() {
    let Some(dist) = dist() else { return };
    with_page(&site(&dist), PHONE, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let rotation = page.text("camera-rotation").await;
        let distance = number(&page.text("camera-distance").await);
        page.touch("touchStart", &[[150.0, 250.0]]).await;
        page.touch("touchMove", &[[220.0, 260.0]]).await;
        page.touch("touchEnd", &[]).await;
        assert_ne!(page.text("camera-rotation").await, rotation);
        page.touch("touchStart", &[[150.0, 250.0], [250.0, 250.0]]).await;
        page.touch("touchMove", &[[110.0, 250.0], [290.0, 250.0]]).await;
        page.touch("touchEnd", &[]).await;
        assert!(number(&page.text("camera-distance").await) < 0.8 * distance);
    });
}

#[test]
fn slow_frames_have_fewer_pixels_until_the_camera_rests() {
    let Some(dist) = dist() else { return };
    with_page(&site(&dist), DESKTOP, "", &[], async |page| {
        page.wait_for_surfaces(1).await;
        let width = "document.getElementById('canvas').width";
        page.picture().await;
        let full = page.run(&format!("return {width}")).await;
        page.run(&format!(
            "const frame = window.requestAnimationFrame.bind(window);
            window.requestAnimationFrame = (draw) => setTimeout(() => frame(draw), 90);
            window.least = {width};
            new MutationObserver(() => {{ window.least = Math.min(window.least, {width}); }})
                .observe(document.getElementById('canvas'), {{ attributes: true }})"
        ))
        .await;
        // A finger that does not rest, until that has shown: a single movement may be one frame.
        let has_fewer =
            async || page.run(&format!("return window.least < 0.9 * {full}")).await == true;
        page.touch("touchStart", &[CENTER]).await;
        for step in 1..=60 {
            if has_fewer().await {
                break;
            }
            page.touch("touchMove", &[[CENTER[0] + f64::from(step), CENTER[1]]]).await;
        }
        page.touch("touchEnd", &[]).await;
        assert!(has_fewer().await, "as many pixels as ever");
        page.wait_for("all pixels", &format!("{width} === {full}")).await;
    });
}
