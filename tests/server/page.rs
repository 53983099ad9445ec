//! The page in a real browser.

use serde_json::json;

use crate::bench::{Bench, Setup};
use crate::browser::{Browser, browser};
use crate::told;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_happens_and_is_worked_with_keys() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = Bench::new().await;
    let hostile = "<img src=x onerror=alert(1)>.wav";
    std::fs::write(bench.out().join(hostile), b"RIFF").unwrap();
    browser.view(360, 740, "light").await;
    browser.go(&bench, "").await;
    browser.live().await;
    browser
        .until("$('session').textContent.includes('Test')")
        .await;
    browser
        .until("$('transport-state').textContent === '■ stopped'")
        .await;
    browser
        .until("$('file-list').textContent.includes('<img src=x onerror=alert(1)>.wav')")
        .await;
    assert_eq!(browser.eval("document.images.length").await, 0);

    while browser.tab().await != "play" {}
    browser.enter().await;
    browser
        .until("$('transport-state').textContent.includes('playing')")
        .await;
    browser
        .until("(window.seen = window.seen || $('clock').textContent) !== $('clock').textContent")
        .await;
    // The other button has the focus by now.
    browser.until("document.activeElement === $('stop')").await;
    browser.enter().await;
    browser
        .until("$('transport-state').textContent.includes('stopped')")
        .await;
    browser.close().await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_fits_a_phone_and_has_a_dark_side() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = Bench::new().await;
    let mut grounds = Vec::new();
    for (width, height) in [(320, 568), (360, 740), (1200, 800)] {
        for scheme in ["light", "dark"] {
            browser.view(width, height, scheme).await;
            browser.go(&bench, "").await;
            browser.live().await;
            let wide = browser.eval("document.documentElement.scrollWidth").await;
            assert_eq!(wide, width);
            let ground = "getComputedStyle(document.body).backgroundColor";
            grounds.push(browser.eval(ground).await);
            let tall = "($('banner').hidden = $('leases').hidden = false,
                [...document.querySelectorAll('.banner button')].filter((b) => b.offsetHeight > 60).length)";
            assert_eq!(browser.eval(tall).await, 0);
            let small = "[...document.querySelectorAll('main button, main a')].filter((b) =>
                b.offsetParent && b.offsetHeight < 32).length";
            assert_eq!(browser.eval(small).await, 0);
        }
    }
    assert_ne!(grounds[0], grounds[1]);
    browser.close().await;
    bench.close().await;
}

/// Waits until the first job on the page says this.
async fn says(browser: &mut Browser, text: &str) {
    let said = format!("$('job-list').firstChild?.textContent.includes({text:?})");
    browser.until(&said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_a_print_from_its_beginning_to_its_files() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = told::held().await;
    browser.view(320, 568, "dark").await;
    browser.go(&bench, "").await;
    browser.live().await;
    told::print(&bench, "night").await;
    says(&mut browser, "Pro Tools shows a dialog").await;
    let half = "$('job-list').querySelector('progress').value === 50";
    browser.until(half).await;
    says(&mut browser, "1 of 2 files, now Rest").await;
    let taken = "$('play').disabled && $('transport-state').textContent.includes('a bounce has')";
    browser.until(taken).await;
    let wide = browser.eval("document.documentElement.scrollWidth").await;
    assert_eq!(wide, 320);
    // How long it takes is told as long as somebody knows.
    let text = "(() => {
        const job = { ...state.jobs[0], items: [], estimated_time_remaining: 125 };
        const text = showJob(job).textContent;
        showJob(state.jobs[0]);
        return text;
    })()";
    let text = browser.eval(text).await;
    assert!(
        text.as_str().unwrap().contains("about 2 min 5 s left"),
        "{text}"
    );

    browser.eval("window.before = socket, 0").await;
    bench.control().dismiss();
    says(&mut browser, "done, the stems are the mix").await;
    let told = "$('news').textContent.includes('done, the stems are the mix')";
    browser.until(told).await;
    assert_eq!(browser.eval("socket === window.before").await, true);
    let open = "$('job-list').querySelector('[aria-label^=\"Files of job\"]').click()";
    browser.eval(open).await;
    browser
        .until("$('file-list').textContent.includes('Drums.wav') && !$('file-error').textContent")
        .await;
    let file =
        "fetch($('file-list').querySelector('a[download]').href).then((file) => file.status)";
    assert_eq!(browser.eval(file).await, 200);
    browser.close().await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_print_is_cancelled_on_the_page_once_that_is_confirmed() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = told::held().await;
    browser.go(&bench, "").await;
    browser.live().await;
    told::print(&bench, "night").await;
    says(&mut browser, "Pro Tools shows a dialog").await;
    let focus = "$('job-list').querySelector('[aria-label^=\"Cancel job\"]').focus()";
    browser.eval(focus).await;
    browser.enter().await;
    browser.until("$('ask').open").await;
    // What does no harm is offered first.
    let safe = "document.activeElement === $('ask-no')";
    browser.until(safe).await;
    browser.enter().await;
    browser.until("!$('ask').open").await;
    assert_eq!(browser.eval("state.jobs[0].is_cancelling").await, false);
    browser.eval(focus).await;
    browser.enter().await;
    browser.until(safe).await;
    assert_eq!(browser.tab().await, "ask-yes");
    browser.enter().await;
    says(&mut browser, "cancelling, the session is put back").await;
    bench.control().dismiss();
    says(&mut browser, "cancelled, took").await;
    browser.close().await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_tells_of_sessions_that_were_left_changed() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = Bench::new().await;
    browser.go(&bench, "").await;
    browser.live().await;
    assert_eq!(browser.eval("$('leases').hidden").await, true);
    let left = "state.open_leases = 1, show(['open_leases'])";
    browser.eval(left).await;
    browser.until("!$('leases').hidden").await;
    // The server knows better.
    browser.eval("$('rescue').click()").await;
    let why = "$('leases-error').textContent.includes('nothing to put back')";
    browser.until(why).await;
    browser.expects_refusals();
    browser.close().await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_asks_for_the_token_once() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let secret = "0123456789abcdef0123456789abcdef";
    let bench = Bench::of(Setup {
        adjust: Box::new(|options| options.token = Some(secret.to_owned())),
        ..Setup::default()
    })
    .await;
    // The page itself is for everybody, and holds nothing.
    let nobody = [("Authorization", "")];
    assert_eq!(bench.send("GET", "/ui", &nobody, b"").await.status, 200);
    let state = bench.send("GET", "/api/v1/state", &nobody, b"").await;
    state.fails(401, "token");
    browser.go(&bench, "").await;
    browser.until("$('door').open").await;
    for typed in ["wrong", secret] {
        let params = json!({ "text": typed });
        browser.until("document.activeElement === $('token')").await;
        browser.send("Input.insertText", params).await;
        browser.enter().await;
        if typed == "wrong" {
            browser
                .until("$('door').open && $('door-text').textContent.includes('not the right one')")
                .await;
        }
    }
    browser.live().await;
    browser
        .until("$('session').textContent.includes('Test')")
        .await;
    // Kept in the tab; the address gives it too, and does not keep it.
    browser.go(&bench, "").await;
    browser.live().await;
    browser.eval("sessionStorage.clear()").await;
    browser.go(&bench, &format!("#token={secret}")).await;
    browser.live().await;
    assert_eq!(browser.eval("location.href.includes('token')").await, false);
    browser.expects_refusals();
    browser.close().await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_when_the_server_is_gone() {
    let Some(mut browser) = browser().await else {
        return;
    };
    let bench = Bench::new().await;
    browser.go(&bench, "").await;
    browser.live().await;
    bench.close().await;
    browser
        .until("$('line').textContent.includes('not connected to the server')")
        .await;
    browser
        .until("$('banner-text').textContent.includes('Trying again in')")
        .await;
    browser
        .until("$('play').disabled && $('stop').disabled")
        .await;
    browser.expects_refusals();
    browser.complaints.retain(|complaint| {
        !complaint["entry"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("WebSocket"))
    });
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_holds_all_that_it_needs() {
    let bench = Bench::new().await;
    let page = bench.get("/ui").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'nonce-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(text.len() < 40_000, "{} bytes", text.len());
    for outside in [
        "src=",
        "http://",
        "https://",
        "@import",
        "url(",
        "innerHTML",
        "onclick=\"",
        "style=\"",
        "{nonce}",
    ] {
        assert!(!text.contains(outside), "{outside}");
    }
    let other = bench.get("/ui").await;
    assert_ne!(other.header("content-security-policy"), Some(policy));
    bench.close().await;
}
