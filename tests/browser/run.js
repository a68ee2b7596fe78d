// Draws digits on the page of `batchprop serve` in a headless Chromium, by mouse and by finger, and looks at what it shows.
//
//   npm ci
//   node run.js PATH_OF_BATCHPROP PATH_OF_DATA [FOLDER_FOR_SCREENSHOTS]
//
// The folder gets page-light.png, page-dark.png, page-phone.png, training.png. CHROMIUM names another browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
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

const children = [];

// Starts `batchprop serve ARGUMENTS` on a free port; its address, and what ends it.
async function serve(...args) {
  const child = spawn(program, ["serve", "--port", "0", "--quiet", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [address] = await once(createInterface({ input: child.stdout }), "line");
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const end = async () => {
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 0, "exit code after Ctrl-C");
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
  await page.waitForFunction(() => document.querySelectorAll("#bars li").length > 0);
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
  const { address, end } = await serve("--train", "--recipe", "fast", "--data", data);

  const desktop = await open(browser, address, { viewport: { width: 1200, height: 900 } });
  const { page } = desktop;
  await page.waitForFunction(() => document.querySelector("#training-said").textContent.startsWith("trained for"));
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
  const before = await text(page, "#weights-caption");
  await page.locator("#hidden canvas").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((it) => document.querySelector("#weights-caption").textContent !== it, before);

  await drawByMouse(page, DIGITS[3]);
  await label(page);
  await isWithin(page);
  await shot(page, "page-light.png");
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
  assert.deepEqual(await drawAll(phone.page, byFinger), right);
  assert.equal(await phone.page.evaluate(() => scrollY), 0, "drawing does not scroll the page");
  console.log("by finger, 390×844:", Object.keys(right).join(" "));
  await isWithin(phone.page);
  await shot(phone.page, "page-phone.png");
  await phone.close();
  await end();

  // A run that goes on for as long as it is looked at.
  const run = await serve("--train", "--epochs", "100000", "--data", data);
  const training = await open(browser, run.address, { viewport: { width: 1200, height: 900 } });
  await training.page.waitForFunction(() => /epoch ([6-9]|\d\d) of 0 to 99999, 9\d/.test(document.querySelector("#training-said").textContent));
  await drawByMouse(training.page, DIGITS[0]);
  assert.equal(await label(training.page), "0");
  const said = await text(training.page, "#training-said");
  await training.page.waitForFunction((it) => document.querySelector("#training-said").textContent !== it, said);
  assert.ok((await training.page.locator("#cost polyline").count()) === 2);
  assert.ok((await training.page.locator("#cost text", { hasText: /^epoch 0$/ }).count()) === 1);
  await isWithin(training.page);
  await shot(training.page, "training.png");
  await training.close();
  await run.end();
  console.log("during training: 0");
} finally {
  children.forEach((child) => child.kill("SIGKILL"));
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
