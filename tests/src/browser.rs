//! A headless Chromium with one page in it: what a person does there, and what the page then says.

use crate::{chromedriver::Chromedriver, picture::Picture, server::StaticServer, site::Site};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::task::Poll;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What makes Chromium work offline, as any user, with WebGL in software.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
];

/// Keeps what would be downloaded: its name, and its bytes as a `data:` address.
const CATCH: &str = "
    window.saved = [];
    let latest = null;
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => address.call(URL, latest = blob);
    HTMLAnchorElement.prototype.click = function () {
        const [name, blob, reader] = [this.download, latest, new FileReader()];
        reader.onload = () => saved.push([name, blob.type, reader.result]);
        reader.readAsDataURL(blob);
    };";

/// A page in a browser.
pub struct Page {
    driver: WebDriver,
    /// The host of the page's files.
    pub server: StaticServer,
    // Dropped in this order: the browser ends before its folder goes.
    process: Chromedriver,
    _profile: TempDir,
}

/// Where the built site is, or `None`, said on standard error, where there is none to test.
pub fn dist() -> Option<PathBuf> {
    let dist = std::env::var_os("LOSSLAND_DIST").map(PathBuf::from);
    if dist.is_none() {
        eprintln!("skipped: LOSSLAND_DIST names no built site; `cargo xtask test` builds one");
    }
    dist
}

/// Opens `site` at `address` (what follows the `#`) in a browser of this size and runs `test` on it.
/// At the end no request may have gone elsewhere, and the console be silent but for `allowed`.
///
/// # Panics
/// If the browser can't be started, and as `test` does.
pub fn with_page(
    site: &Site,
    size: [u32; 2],
    address: &str,
    allowed: &[&str],
    test: impl AsyncFnOnce(&Page),
) {
    with_browser(StaticServer::start(site.path()), size, async move |page: &Page| {
        page.reduce_motion(true).await;
        page.go(address).await;
        test(page).await;
        page.check_conduct(allowed).await;
    });
}

/// Starts a browser of this size with nothing in it yet, for the pages that `server` hosts.
/// Returns what `test` does.
///
/// # Panics
/// If the browser can't be started, and as `test` does.
pub fn with_browser<T>(
    server: StaticServer,
    [width, height]: [u32; 2],
    test: impl AsyncFnOnce(&Page) -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let page = Page::start(server).await;
        page.resize(width, height).await;
        // A failed test must not leave its browser behind.
        let result = caught(test(&page)).await;
        // A browser that is gone already has quit.
        let _ = page.driver.clone().quit().await;
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs a future to its end or its panic.
async fn caught<T>(future: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        // Nothing that the future was at work on is used after a panic.
        let poll = || future.as_mut().poll(context);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll)) {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// A desktop's window, in CSS pixels.
pub const DESKTOP: [u32; 2] = [1280, 720];
/// The part of its canvas that no text covers: left, top, width, height.
pub const MIDDLE: [usize; 4] = [200, 100, 600, 500];
/// The middle of that, where surfaces are.
pub const CENTER: [f64; 2] = [490.0, 380.0];
/// Beside the surfaces, so that there is no tooltip.
pub const ASIDE: [f64; 2] = [5.0, 300.0];

/// A number as the page writes it.
///
/// # Panics
/// If it is none.
pub fn number(text: &str) -> f64 {
    let text = text.trim().replace('\u{2212}', "-");
    text.parse().unwrap_or_else(|_| panic!("expected a number, found {text:?}"))
}

impl Page {
    async fn start(server: StaticServer) -> Self {
        let process = Chromedriver::start();
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag).expect("a flag");
        }
        let profile_flag = format!("--user-data-dir={}", profile.path().display());
        capabilities.add_arg(&profile_flag).expect("a flag");
        if let Some(browser) = std::env::var_os("CHROMIUM") {
            capabilities.set_binary(&browser.to_string_lossy()).expect("a path");
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a log level");
        let url = format!("http://127.0.0.1:{}", process.port);
        let driver = WebDriver::new(url, capabilities).await.expect("Chromium, driven");
        Self { driver, server, process, _profile: profile }
    }

    /// Opens the page anew.
    pub async fn go(&self, address: &str) {
        self.open(&format!("#{address}")).await;
    }

    /// Opens what is at `path` below the host's own.
    pub async fn open(&self, path: &str) {
        self.open_address(&format!("{}{path}", self.server.url())).await;
    }

    /// Opens a page of anywhere.
    pub async fn open_address(&self, address: &str) {
        self.driver.goto("about:blank").await.expect("an empty page");
        self.driver.goto(address).await.expect("the page");
    }

    /// Runs a script at the start of every page that is opened from now on.
    pub async fn run_first(&self, script: &str) {
        self.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// The process of which all of the browser's are descendants.
    pub fn process_id(&self) -> u32 {
        self.process.child.id()
    }

    /// Makes the window this large, in CSS pixels, one device pixel each.
    pub async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        let found = self.driver.execute(script, Vec::new()).await;
        let found = found.unwrap_or_else(|error| panic!("{script}: {error}"));
        found.json().clone()
    }

    /// Waits until a script's expression holds.
    pub async fn wait_for(&self, what: &str, expression: &str) {
        let begin = Instant::now();
        while self.run(&format!("return Boolean({expression})")).await != Value::Bool(true) {
            if begin.elapsed() > PATIENCE {
                panic!("waited {PATIENCE:?} for {what}; the page says:\n{}", self.all_text().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until all that was begun is on the screen.
    pub async fn settle(&self) {
        self.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
            .await;
    }

    /// Waits until this many surfaces are drawn, and all of the program is there.
    pub async fn wait_for_surfaces(&self, n: usize) {
        self.wait_for_first_picture(n).await;
        self.wait_for("the rest of the program", "lossland.isWhole()").await;
        self.settle().await;
    }

    /// Waits until this many surfaces are drawn.
    pub async fn wait_for_first_picture(&self, n: usize) {
        // A file that is on its way has a line of facts, too.
        let rows = "[...document.querySelectorAll('#surfaces li .facts:not([hidden])')]
            .filter(facts => !facts.textContent.startsWith('loading')).length";
        let is_shown = "!document.getElementById('legend').hidden";
        self.wait_for("the surfaces", &format!("{rows} >= {n} && {is_shown}")).await;
        self.settle().await;
    }

    /// The text of the element with this id, without what only keeps words together.
    pub async fn text(&self, id: &str) -> String {
        let text = self.run(&format!("return document.getElementById('{id}').innerText")).await;
        text.as_str().unwrap_or_default().replace('\u{a0}', " ").replace('\u{2060}', "")
    }

    /// Everything that the page says.
    pub async fn all_text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the element that a selector finds first.
    pub async fn click(&self, selector: &str) {
        self.run(&format!("document.querySelector(`{selector}`).click()")).await;
        self.settle().await;
    }

    /// Chooses a file in the field with this id.
    pub async fn choose(&self, id: &str, file: &std::path::Path) {
        let field = self.driver.find(By::Id(id)).await.expect("a field");
        field.send_keys(file.to_string_lossy()).await.expect("a file to choose");
        self.settle().await;
    }

    /// Sets a control's value, as a person does.
    pub async fn set(&self, id: &str, value: &str) {
        self.run(&format!(
            "const control = document.getElementById('{id}'); control.value = '{value}';
             for (const name of ['input', 'change']) control.dispatchEvent(new Event(name, {{ bubbles: true }}))"
        ))
        .await;
        self.settle().await;
    }

    /// From now on, what the page hands over as downloads is kept for [`Page::download`].
    pub async fn catch_downloads(&self) {
        self.run(CATCH).await;
    }

    /// Clicks a control that saves a file: its name, its media type and its bytes.
    pub async fn download(&self, id: &str) -> (String, String, Vec<u8>) {
        self.run("saved.length = 0").await;
        self.click(&format!("#{id}")).await;
        self.wait_for("a file", "saved.length === 1").await;
        let saved = self.run("return saved[0]").await;
        let text = |i: usize| saved[i].as_str().expect("a text").to_owned();
        let bytes =
            self.run("return [...atob(saved[0][2].split(',')[1])].map(c => c.charCodeAt(0))").await;
        let bytes = bytes.as_array().expect("bytes").iter().map(|b| b.as_u64().unwrap_or(0) as u8);
        (text(0), text(1), bytes.collect())
    }

    /// How often the picture has been drawn.
    pub async fn n_draws(&self) -> u64 {
        let draws =
            self.run("return Number(document.getElementById('canvas').dataset.draws)").await;
        draws.as_u64().unwrap_or(0)
    }

    /// Where a point of the data is on the screen.
    pub async fn project(&self, alpha: f64, beta: f64, value: f64) -> [f64; 2] {
        let script = format!("return Array.from(lossland.project({alpha}, {beta}, {value}))");
        let found = self.run(&script).await;
        [0, 1].map(|i| found[i].as_f64().expect("a point before the eye"))
    }

    /// Moves the pointer there.
    pub async fn point_at(&self, [x, y]: [f64; 2]) {
        self.mouse("mouseMoved", [x, y], json!({})).await;
        self.settle().await;
    }

    /// Drags with a button (`left`, `middle`, `right`).
    pub async fn drag(&self, button: &str, from: [f64; 2], to: [f64; 2]) {
        self.mouse("mouseMoved", from, json!({})).await;
        let pressed = json!({ "button": button, "clickCount": 1 });
        self.mouse("mousePressed", from, pressed.clone()).await;
        for step in 1..=5 {
            let at = [0, 1].map(|i| from[i] + (to[i] - from[i]) * f64::from(step) / 5.0);
            self.mouse("mouseMoved", at, json!({ "button": button })).await;
        }
        self.mouse("mouseReleased", to, pressed).await;
        self.settle().await;
    }

    /// Turns the wheel.
    pub async fn wheel(&self, at: [f64; 2], delta: f64) {
        self.wheel_with(at, delta, 0).await;
    }

    /// Turns the wheel with keys held, as Chromium's protocol counts them.
    pub async fn wheel_with(&self, at: [f64; 2], delta: f64, modifiers: u32) {
        let turn = json!({ "deltaX": 0, "deltaY": delta, "modifiers": modifiers });
        self.mouse("mouseWheel", at, turn).await;
        self.settle().await;
    }

    /// Presses a key, by its name in the page.
    pub async fn key(&self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        // By its number alone the browser knows the key that closes its dialogs.
        let number = if key == "Escape" { 27 } else { 0 };
        for kind in ["keyDown", "keyUp"] {
            self.command(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": number }),
            )
            .await;
        }
        self.settle().await;
    }

    /// Presses a key together with others, as Chromium's protocol counts them.
    pub async fn key_with(&self, key: &str, modifiers: u32) {
        for kind in ["keyDown", "keyUp"] {
            self.command(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "modifiers": modifiers }),
            )
            .await;
        }
        self.settle().await;
    }

    /// Clicks a place of the window.
    pub async fn click_at(&self, at: [f64; 2]) {
        self.mouse("mouseMoved", at, json!({})).await;
        let button = json!({ "button": "left", "clickCount": 1 });
        self.mouse("mousePressed", at, button.clone()).await;
        self.mouse("mouseReleased", at, button).await;
        self.settle().await;
    }

    /// Whether the page is asked for no motion of its own; at first it is, so that a picture stays.
    pub async fn reduce_motion(&self, is_reduced: bool) {
        let value = if is_reduced { "reduce" } else { "no-preference" };
        self.media("prefers-reduced-motion", value).await;
    }

    /// Light or dark.
    pub async fn dark(&self, is_dark: bool) {
        self.media("prefers-color-scheme", if is_dark { "dark" } else { "light" }).await;
    }

    async fn media(&self, name: &str, value: &str) {
        let features = json!([{ "name": name, "value": value }]);
        self.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        self.settle().await;
    }

    /// Touches the screen with these fingers; none lifts them.
    pub async fn touch(&self, kind: &str, fingers: &[[f64; 2]]) {
        let points: Vec<Value> = fingers
            .iter()
            .enumerate()
            .map(|(id, [x, y])| json!({ "x": x, "y": y, "id": id }))
            .collect();
        self.command("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
            .await;
        self.settle().await;
    }

    async fn mouse(&self, kind: &str, [x, y]: [f64; 2], more: Value) {
        let mut event = json!({ "type": kind, "x": x, "y": y });
        for (key, value) in more.as_object().into_iter().flatten() {
            event[key] = value.clone();
        }
        self.command("Input.dispatchMouseEvent", event).await;
    }

    /// Has files arrive at this rate from now on, in bytes a second.
    pub async fn slow_down(&self, rate: u32) {
        let conditions = json!({ "offline": false, "latency": 50, "downloadThroughput": rate,
            "uploadThroughput": -1 });
        self.command("Network.enable", json!({})).await;
        self.command("Network.emulateNetworkConditions", conditions).await;
    }

    /// Takes the network away.
    pub async fn go_offline(&self) {
        let conditions = json!({ "offline": true, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": -1 });
        self.command("Network.enable", json!({})).await;
        self.command("Network.emulateNetworkConditions", conditions).await;
    }

    async fn command(&self, name: &str, parameters: Value) {
        let sent = self.driver.cdp().send_raw(name, parameters).await;
        sent.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// What is on the screen, when it is drawn in full: while the camera moves there may be fewer pixels.
    pub async fn picture(&self) -> Picture {
        self.wait_for(
            "a picture of all pixels",
            "(canvas => !canvas.dataset.draws || !document.getElementById('flat').hidden
                || canvas.width + 1 >= innerWidth * devicePixelRatio)(document.getElementById('canvas'))",
        )
        .await;
        self.settle().await;
        let png = self.driver.screenshot_as_png().await.expect("a screenshot");
        Picture::decode(&png)
    }

    /// Makes sure that no request has gone elsewhere, and that the console is silent but for `allowed`.
    ///
    /// # Panics
    /// If that is not so.
    pub async fn check_conduct(&self, allowed: &[&str]) {
        let log = self.driver.browser_log().await.expect("the console's log");
        let bad: Vec<String> = log
            .into_iter()
            .filter(|entry| entry.level == "SEVERE" || entry.level == "WARNING")
            .map(|entry| entry.message)
            .filter(|message| !allowed.iter().any(|part| message.contains(part)))
            .collect();
        assert!(bad.is_empty(), "the console says {bad:#?}");
        let strays = self.server.strays();
        assert!(strays.is_empty(), "the page asked its host for {strays:?}");
        let elsewhere = self
            .run(
                "return performance.getEntriesByType('resource').map(entry => entry.name)
                    .filter(name => !name.startsWith(new URL('.', document.baseURI).href))",
            )
            .await;
        assert_eq!(elsewhere, json!([]), "the page asked other hosts");
    }
}
