// Draws digits on the page of `batchprop serve` in a headless Chromium, by mouse and by finger, watches a run of `train --serve` on a
// desktop's screen and a phone's, and looks at what it shows.
//
//   npm ci
//   node run.js PATH_OF_BATCHPROP PATH_OF_DATA [FOLDER_FOR_SCREENSHOTS]
//
// The folder gets pictures of the page: page-light.png, page-dark.png, page-phone.png, live.png, live-phone.png, live-dark.png, committee.png, table.png.
// CHROMIUM names another browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { DIGITS } from "./digits.js";

const [program, data, screenshots = "screenshots"] = process.argv.slice(2);
assert.ok(data, "usage: node run.js PATH_OF_BATCHPROP PATH_OF_DATA [FOLDER_FOR_SCREENSHOTS]");

const BROWSER = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Longer than any run takes.
const PATIENCE = 120_000;

const children = [];

// Starts `batchprop ARGUMENTS` with a page on a free port; its address, and what ends it with an exit code.
async function start(...args) {
  const child = spawn(program, [...args, "--port", "0", "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [address] = await once(createInterface({ input: child.stdout }), "line");
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const end = async (expected) => {
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, expected, "exit code after Ctrl-C");
  };
  return { address, end };
}

// A page that must have nothing to complain of, and ask nobody but the program.
async function open(browser, address, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) {
      complaints.push(`asked elsewhere: ${request.url()}`);
    }
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  await page.goto(address);
  await page.waitForFunction(() => document.querySelector("#version").textContent !== "");
  const close = async () => {
    assert.deepEqual(complaints, []);
    await context.close();
  };
  return { page, context, close };
}

// Points between the points, as a hand that is not too quick leaves them.
function fine(stroke) {
  return stroke.flatMap(([x, y], k) => {
    const [toX, toY] = stroke[Math.min(k + 1, stroke.length - 1)];
    const steps = Math.ceil(Math.hypot(toX - x, toY - y) / 0.03) || 1;
    return Array.from({ length: steps }, (_, i) => [x + ((toX - x) * i) / steps, y + ((toY - y) * i) / steps]);
  });
}

async function places(page, strokes) {
  await page.locator("#sheet").scrollIntoViewIfNeeded();
  const box = await page.locator("#sheet").boundingBox();
  return strokes.map((stroke) => fine(stroke).map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]));
}

async function drawByMouse(page, strokes) {
  for (const [[x, y], ...rest] of await places(page, strokes)) {
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (const [toX, toY] of rest) {
      await page.mouse.move(toX, toY);
    }
    await page.mouse.up();
  }
}

async function drawByFinger(page, context, strokes) {
  const session = await context.newCDPSession(page);
  const touch = (type, points) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
  for (const [first, ...rest] of await places(page, strokes)) {
    await touch("touchStart", [first]);
    for (const point of rest) {
      await touch("touchMove", [point]);
    }
    await touch("touchEnd", []);
  }
}

const text = (page, id) => page.locator(id).textContent();

// Once no answer is on its way any more.
async function label(page) {
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return text(page, "#label");
}

async function drawAll(page, draw) {
  const found = {};
  for (const [digit, strokes] of Object.entries(DIGITS)) {
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("#label").textContent === "–");
    await draw(strokes);
    found[digit] = await label(page);
  }
  return found;
}

const right = Object.fromEntries(Object.keys(DIGITS).map((digit) => [digit, digit]));

async function isWithin(page) {
  const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= view, `the page is ${content} wide in a view of ${view}`);
}

// Waits until the text of an element matches.
function reads(page, id, pattern) {
  const matches = ([id, source]) => new RegExp(source).test(document.querySelector(id).textContent);
  return page.waitForFunction(matches, [id, pattern.source], { timeout: PATIENCE });
}

// What must be seen of a run with `epochs` epochs while it trains.
async function lookAtRun(page, epochs) {
  const box = (id) => page.locator(id).boundingBox();
  assert.ok((await box("#training")).y < (await box("#drawing")).y, "training is first");
  for (const [id, curves] of [["#accuracy", 3], ["#cost", 3], ["#rate", 1]]) {
    assert.equal(await page.locator(`${id} polyline`).count(), curves, id);
    const labels = await page.locator(`${id} text`).allTextContents();
    assert.ok(labels.includes("epoch 0") && labels.includes(String(epochs - 1)), `${id}: ${labels}`);
    // The axis has all epochs: what is done ends before its end.
    const isDone = await page.locator(id).evaluate((svg) => {
      const points = svg.querySelector("polyline").getAttribute("points").split(" ");
      return [Number(points.at(-1).split(",")[0]) / svg.viewBox.baseVal.width, points.length];
    });
    assert.ok(isDone[0] < 0.15 + (0.9 * isDone[1]) / epochs, `${id} is drawn to ${isDone}`);
  }
  // Counts stay within their cells: nothing dark is between two of them.
  const isDark = await page.locator("#confusion").evaluate((canvas) => {
    const { width } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, width);
    const isText = (x, y) => {
      const [red, green, blue, alpha] = data.subarray(4 * (y * width + x));
      return alpha > 200 && red + green + blue < 300;
    };
    const rows = Array.from({ length: width }, (_, y) => y).slice(Math.ceil(width / 11));
    return [2, 3, 4, 5, 6, 7, 8, 9, 10].filter((k) => rows.some((y) => isText(Math.round((k * width) / 11), y)));
  });
  assert.deepEqual(isDark, [], "counts reach over the edges of these columns");
  await isWithin(page);
}

rmSync(screenshots, { recursive: true, force: true });
mkdirSync(screenshots, { recursive: true });
const shot = (page, name) => page.screenshot({ path: join(screenshots, name), fullPage: true });

const profile = await mkdtemp(join(tmpdir(), "batchprop-browser-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: BROWSER,
  env: { ...process.env, HOME: profile },
});

try {
  // The old name of `train --serve`.
  const { address, end } = await start("serve", "--train", "--recipe", "fast", "--data", data);

  const desktop = await open(browser, address, { viewport: { width: 1200, height: 900 } });
  const { page } = desktop;
  await reads(page, "#training-said", /^Final: epoch 2, 9\d\d\d /);
  assert.equal(await text(page, "#said"), "Nothing drawn");
  assert.deepEqual(await drawAll(page, (strokes) => drawByMouse(page, strokes)), right);
  console.log("by mouse, 1200×900:", Object.keys(right).join(" "));

  // Undo takes the last stroke, and Clear all of them; both by key and by button.
  await page.keyboard.press("Escape");
  await drawByMouse(page, [...DIGITS[1], [[0.1, 0.1], [0.9, 0.1]]]);
  await page.keyboard.press("Control+z");
  assert.equal(await label(page), "1");
  await page.locator("#undo").click();
  await page.waitForFunction(() => document.querySelector("#said").textContent === "Nothing drawn");
  await drawByMouse(page, DIGITS[3]);
  assert.equal(await label(page), "3");
  await page.waitForFunction(() => document.querySelector("#spoken").textContent.startsWith("3, "));
  await page.locator("#clear").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#label").textContent === "–");

  // The weights of a unit, by pointer and by key.
  await page.locator("#hidden canvas").first().hover({ position: { x: 40, y: 8 } });
  await page.waitForFunction(() => /Unit [1-9]/.test(document.querySelector("#weights-caption").textContent));
  const caption = await text(page, "#weights-caption");
  await page.locator("#hidden canvas").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((it) => document.querySelector("#weights-caption").textContent !== it, caption);

  await drawByMouse(page, DIGITS[3]);
  await label(page);
  await isWithin(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(200);
  await shot(page, "page-dark.png");
  await desktop.close();

  const phone = await open(browser, address, {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  const byFinger = (strokes) => drawByFinger(phone.page, phone.context, strokes);
  await phone.page.locator("#sheet").scrollIntoViewIfNeeded();
  const before = await phone.page.evaluate(() => scrollY);
  assert.deepEqual(await drawAll(phone.page, byFinger), right);
  assert.equal(await phone.page.evaluate(() => scrollY), before, "drawing does not scroll the page");
  console.log("by finger, 390×844:", Object.keys(right).join(" "));
  await isWithin(phone.page);
  await shot(phone.page, "page-phone.png");
  await phone.close();
  await end(0);

  // A run with Adam and distorted images, on both screens at once.
  const saved = join(profile, "model.safetensors");
  const options = "--hidden 100 --activation relu --output softmax --optimizer adam --schedule cosine --augment all --batch-size 128";
  const run = await start("train", "--serve", "--data", data, "--epochs", "30", "--save", saved, ...options.split(" "));
  const wide = await open(browser, run.address, { viewport: { width: 1200, height: 900 } });
  const narrow = await open(browser, run.address, {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  });
  const place = async ({ page }, id, x) => {
    await page.locator(id).scrollIntoViewIfNeeded();
    const box = await page.locator(id).boundingBox();
    return [box.x + x * box.width, box.y + box.height / 2];
  };
  await reads(wide.page, "#training-said", /^epoch ([6-9]|1\d)\/30 · cost \d\.\d+ · [\d,]+ images\/s · ETA \d+:\d\d$/);
  assert.match(await wide.page.title(), /^epoch \d+\/30 – batchprop$/);
  assert.match(await text(wide.page, "#settings"), /adam.*distorted/);
  await lookAtRun(wide.page, 30);
  // Two columns of the same height.
  const heights = await Promise.all([".curves", "#confusion-figure"].map((id) => wide.page.locator(id).boundingBox()));
  assert.ok(Math.abs(heights[0].height - heights[1].height) < 4 && Math.abs(heights[0].width - heights[1].width) < 4);
  await drawByMouse(wide.page, DIGITS[0]);
  assert.equal(await label(wide.page), "0");
  // The values of an epoch and of a cell under the pointer; then of the last epoch, and of all cells.
  await wide.page.mouse.move(...(await place(wide, "#accuracy", 0.2)));
  await reads(wide.page, "#accuracy-values", /^Accuracy, epoch [2-4]training \d\d\.\d\d %validation \d\d\.\d\d %test \d\d\.\d\d %$/);
  await reads(wide.page, "#cost-values", /^Cost, epoch [2-4]training 0\.\d+validation 0\.\d+test 0\.\d+$/);
  await reads(wide.page, "#rate-values", /^Learning rate, epoch [2-4]0\.000\d+$/);
  // In a window as high as the page nothing moves under the pointer while the picture is taken.
  await wide.page.setViewportSize({ width: 1200, height: await wide.page.evaluate(() => document.documentElement.scrollHeight) });
  await wide.page.mouse.move(...(await place(wide, "#accuracy", 0.2)));
  await reads(wide.page, "#accuracy-values", /^Accuracy, epoch [2-4]training/);
  await shot(wide.page, "live.png");
  await wide.page.setViewportSize({ width: 1200, height: 900 });
  await wide.page.mouse.move(...(await place(wide, "#confusion", 1.5 / 11)));
  await wide.page.mouse.move(...(await place(wide, "#confusion", 0.5)));
  await reads(wide.page, "#cell", /^4: \d+ of 982 right \(9\d\.\d %\)$/);
  await wide.page.mouse.move(2, 2);
  await reads(wide.page, "#cell", /^Most often taken: /);
  await reads(wide.page, "#accuracy-values", /^Accuracy, epoch ([5-9]|\d\d)training/);
  await wide.page.locator("#cost").focus();
  await wide.page.keyboard.press("ArrowLeft");
  await wide.page.keyboard.press("ArrowLeft");
  assert.equal(await wide.page.locator("#accuracy .pointer").count(), 1);
  await wide.page.locator("#confusion").focus();
  await wide.page.keyboard.press("ArrowDown");
  await reads(wide.page, "#cell", /^1: \d+ of 1135 taken for 0 \(\d\.\d %\)$/);
  assert.equal(await wide.page.locator("#accuracy .pointer").count(), 0);

  await lookAtRun(narrow.page, 30);
  for (const id of ["#accuracy", "#cost", "#rate", "#confusion"]) {
    assert.ok((await narrow.page.locator(id).boundingBox()).width > 0.8 * 390, `${id} is as wide as the screen`);
  }
  await narrow.page.touchscreen.tap(...(await place(narrow, "#cost", 0.16)));
  await reads(narrow.page, "#accuracy-values", /^Accuracy, epoch 0training/);
  await narrow.page.touchscreen.tap(...(await place(narrow, "#confusion", 0.5)));
  await reads(narrow.page, "#cell", /^4: \d+ of 982 right/);
  await reads(narrow.page, "#accuracy-values", /^Accuracy, epoch ([5-9]|\d\d)training/);
  await narrow.page.evaluate(() => scrollTo(0, 0));
  await shot(narrow.page, "live-phone.png");
  console.log("during training: 0, with values under the pointer and the finger");

  // Afterwards it stays, with the trained network, which is saved.
  for (const { page } of [wide, narrow]) {
    await reads(page, "#training-said", /^Saved: .*Final: epoch 29, 9\d\d\d \/ 10000 /);
    assert.equal(await page.title(), "trained – batchprop");
  }
  assert.ok(existsSync(saved));
  await drawByFinger(narrow.page, narrow.context, DIGITS[3]);
  assert.equal(await label(narrow.page), "3");
  await wide.page.emulateMedia({ colorScheme: "dark" });
  await wide.page.waitForTimeout(200);
  await shot(wide.page, "live-dark.png");
  await wide.close();
  await narrow.close();
  await run.end(0);
  console.log("after training: 3");

  // A network from its file: the page without a run.
  const model = await start("serve", saved);
  const drawn = await open(browser, model.address, { viewport: { width: 1200, height: 900 } });
  assert.ok(await drawn.page.locator("#training").isHidden());
  await drawByMouse(drawn.page, DIGITS[3]);
  assert.equal(await label(drawn.page), "3");
  await shot(drawn.page, "page-light.png");
  await drawn.close();
  await model.end(0);

  // Two networks: their mean, and what each says.
  const other = join(profile, "other.safetensors");
  await once(spawn(program, ["train", "--recipe", "fast", "--data", data, "--quiet", "--save", other]), "exit");
  const models = await start("serve", saved, other);
  const committee = await open(browser, models.address, { viewport: { width: 1200, height: 900 } });
  await drawByMouse(committee.page, DIGITS[3]);
  assert.equal(await label(committee.page), "3");
  assert.equal(await text(committee.page, "#answer-title"), "The committee says");
  assert.match(await text(committee.page, "#members"), /model\.safetensors: 3 \([\d.]+ %\) · .*other\.safetensors: 3 \([\d.]+ %\)$/);
  assert.match(await text(committee.page, "#inside-title"), /^Inside .*model\.safetensors$/);
  await isWithin(committee.page);
  await shot(committee.page, "committee.png");
  await committee.close();
  await models.end(0);
  console.log("a committee: 3");

  // A table: there is nothing to draw on, and a run that is interrupted ends with Ctrl-C's code.
  const table = join(profile, "table.csv");
  const rows = Array.from({ length: 300 }, (_, k) => `${k % 3}.5,${k % 7},${k % 5},${["a", "b", "c"][k % 3]}\n`);
  writeFileSync(table, `x,y,z,label\n${rows.join("")}`);
  const short = await start("train", "--serve", "--data", table, "--epochs", "1000000", "--no-eval");
  const bare = await open(browser, short.address, { viewport: { width: 1200, height: 900 } });
  await reads(bare.page, "#accuracy-values", /^Accuracy, epoch \d{3,}training/);
  for (const id of ["#drawing", "#answer", "#inside", "#confusion-figure"]) {
    assert.ok(await bare.page.locator(id).isHidden(), id);
  }
  assert.equal(await bare.page.locator("#accuracy polyline").count(), 2);
  assert.ok((await bare.page.locator("#accuracy").boundingBox()).width > 450, "two charts side by side");
  await shot(bare.page, "table.png");
  await bare.close();
  await short.end(130);
  console.log("a table: curves alone");
} finally {
  children.forEach((child) => child.kill("SIGKILL"));
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
