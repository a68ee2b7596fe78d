// A training run as it goes: curves, confusion matrix, progress.

import { Chart } from "/chart.js";
import { Confusion } from "/pictures.js";

const element = (id) => document.getElementById(id);
const number = (value, digits) => String(Number(value.toPrecision(digits)));

const PARTS = ["training", "validation", "test"];

const CHARTS = {
  accuracy: {
    title: "Accuracy",
    text: (value, isTick) => `${isTick ? number(100 * value, 4) : (100 * value).toFixed(2)} %`,
    curves: PARTS.map((part) => [part, (point) => point[part]?.accuracy]),
  },
  cost: {
    title: "Cost",
    text: (value) => number(value, 3),
    curves: PARTS.map((part) => [part, (point) => point[part]?.cost]),
  },
  rate: {
    title: "Learning rate",
    text: (value) => number(value, 3),
    curves: [["rate", (point) => point.learning_rate]],
    isFromZero: true,
  },
};

// Follows the run of a network to its end. `newer` is called whenever there is a better network to ask.
export function follow({ classes, training }, newer) {
  const points = [];
  let epochs = 1;
  let chosen = null;
  let isStale = false;
  let isOver = false;
  const show = () => charts.forEach((chart) => chart.show(points, epochs, chosen));
  const charts = Object.entries(CHARTS).map(
    ([id, options]) =>
      new Chart(element(id), element(`${id}-values`), options, (index) => {
        chosen = index;
        show();
      }),
  );
  const confusion = training.confusion ? new Confusion(element("confusion"), classes, (text) => (element("cell").textContent = text)) : null;
  element("settings").textContent = training.settings.join(" · ");
  element("charts").classList.toggle("alone", confusion === null);
  element("confusion-figure").hidden = confusion === null;
  element("training").hidden = false;
  const events = new EventSource("/training");
  events.addEventListener("open", () => {
    points.length = 0;
  });
  events.addEventListener("message", (event) => {
    const update = JSON.parse(event.data);
    const isFirst = epochs !== update.epochs;
    epochs = update.epochs;
    points.push(...update.points);
    tell(update, points);
    if (update.confusion) {
      confusion?.show(update.confusion);
    }
    if (update.points.length > 0 || isFirst) {
      // Epochs may be shorter than a picture is seen.
      if (!isStale) {
        isStale = true;
        requestAnimationFrame(() => {
          isStale = false;
          show();
        });
      }
      newer();
    }
    if (update.phase !== "training") {
      isOver = true;
      newer();
    }
  });
  // Also when the program ends the events, after which a browser would ask for them again.
  events.addEventListener("error", () => {
    if (isOver) {
      events.close();
      return;
    }
    const isRefused = events.readyState === EventSource.CLOSED;
    const said = element("training-said");
    said.textContent = isRefused ? "Too many pages are watching this run." : "The program does not answer. Is it still running?";
    said.classList.add("problem");
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => confusion?.paint());
}

function tell(update, points) {
  const { epochs, phase } = update;
  const isTraining = phase === "training";
  // From 0, as everywhere: so many are done.
  const epoch = Math.min(Math.floor(update.done), epochs - 1);
  const name = `epoch ${epoch}/${epochs}`;
  const said = element("training-said");
  said.textContent = isTraining ? [name, ...update.message.split("  ")].filter(Boolean).join(" · ") : update.message;
  said.classList.toggle("problem", phase === "failed");
  document.title = `${isTraining ? name : "trained"} – batchprop`;
  // What is read aloud changes once an epoch.
  const last = points[points.length - 1];
  const score = last && (last.test ?? last.validation ?? last.training);
  const spoken = isTraining && score ? `epoch ${last.epoch}: ${(100 * score.accuracy).toFixed(1)} % right` : "";
  if (element("training-spoken").textContent !== spoken) {
    element("training-spoken").textContent = spoken;
  }
  const progress = element("training-progress");
  progress.value = update.done / epochs;
  progress.hidden = !isTraining;
}
