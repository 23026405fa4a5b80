//! The guided tour: every stop sets its view, and has an address.

use lossland_tests::{
    browser::{DESKTOP, Page, dist, with_browser},
    server::StaticServer,
};

const N_STOPS: usize = 7;

#[test]
fn every_stop_sets_its_view_and_has_an_address() {
    let Some(dist) = dist() else { return };
    with_browser(StaticServer::start(&dist), DESKTOP, async |page: &Page| {
        page.reduce_motion(true).await;
        page.open("").await;
        page.wait_for_surfaces(1).await;
        assert_eq!(page.run("return document.getElementById('tour').hidden").await, true);
        let rows =
            "[...document.querySelectorAll('#surfaces > li')].filter(row => !row.hidden).length";
        let n_rows = page.run(&format!("return {rows}")).await;
        page.click("#tour-open").await;
        let mut titles = Vec::new();
        for stop in 1..=N_STOPS {
            let count = format!(
                "document.getElementById('tour-count').innerText === '{stop} of {N_STOPS}'"
            );
            page.wait_for("the stop", &count).await;
            page.wait_for("its address", &format!("location.hash.includes('tour={stop}')")).await;
            let n_shown = page.run("return document.querySelectorAll('#surfaces input[type=checkbox]:checked').length").await;
            page.wait_for_surfaces(n_shown.as_u64().expect("a number") as usize).await;
            titles.push(page.text("tour-title").await);
            assert!(page.text("tour-text").await.len() > 150, "{titles:?}");
            // Nothing that a stop shows is missing here.
            assert_eq!(page.run("return document.getElementById('note').hidden").await, true);
            if stop < N_STOPS {
                page.click("#tour-next").await;
            }
        }
        titles.dedup();
        assert_eq!(titles.len(), N_STOPS, "{titles:?}");
        assert_eq!(page.run("return document.getElementById('tour-next').disabled").await, true);
        page.run("history.back()").await;
        page.wait_for(
            "the stop before",
            "document.getElementById('tour-count').innerText.startsWith('6 ')",
        )
        .await;
        page.click("#tour-close").await;
        assert_eq!(page.run("return document.getElementById('tour').hidden").await, true);
        page.wait_for("an address without it", "!location.hash.includes('tour')").await;
        // What the tour alone shows is offered nowhere else.
        page.click("#surfaces > li:first-child .only").await;
        assert_eq!(page.run(&format!("return {rows}")).await, n_rows);
    });
}

#[test]
fn the_address_of_a_stop_alone_leads_there_and_of_none_says_so() {
    let Some(dist) = dist() else { return };
    with_browser(StaticServer::start(&dist), DESKTOP, async |page: &Page| {
        page.reduce_motion(true).await;
        page.go("tour=3").await;
        page.wait_for_surfaces(2).await;
        assert!(page.text("title").await.contains("directions as drawn"));
        page.go("tour=42").await;
        page.wait_for_surfaces(1).await;
        assert!(page.text("note-text").await.contains("tour"));
        assert_eq!(page.run("return document.getElementById('tour').hidden").await, true);
    });
}
