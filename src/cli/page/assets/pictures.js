// Numbers to pictures.

// A colour of the style sheet that is given as red, green and blue.
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim().split(/\s+/).map(Number);
}

// Red for 1, blue for -1, as `show weights` has them; the ground between.
export function diverging() {
  const [zero, positive, negative] = ["--zero", "--positive", "--negative"].map(colour);
  return (value) => {
    const end = value < 0 ? negative : positive;
    const part = Math.min(Math.abs(value), 1);
    return zero.map((from, k) => Math.round(from + part * (end[k] - from)));
  };
}

// Paints side × side values, each to [red, green, blue] by `toColour`.
export function paintSquare(canvas, values, side, toColour) {
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  for (let k = 0; k < side * side; k++) {
    image.data.set([...toColour(values[k]), 255], 4 * k);
  }
  context.putImageData(image, 0, 0);
}

export function blank(canvas, side) {
  canvas.width = canvas.height = side;
}

// The units of a hidden layer as small squares. One of them can be chosen, by pointer or arrow keys.
export class Units {
  constructor(canvas, count, choose) {
    this.canvas = canvas;
    this.count = count;
    this.choose = choose;
    this.values = new Array(count).fill(0);
    this.chosen = null;
    new ResizeObserver(() => this.paint()).observe(canvas.parentElement);
    if (choose) {
      canvas.tabIndex = 0;
      canvas.addEventListener("pointermove", (event) => this.point(event));
      canvas.addEventListener("pointerdown", (event) => this.point(event));
      canvas.addEventListener("keydown", (event) => this.key(event));
    }
  }

  show(values) {
    this.values = values;
    this.paint();
  }

  // Squares of 10 to 28 pixels: the largest with which the picture is no higher than those beside it.
  layout() {
    const width = Math.max(this.canvas.parentElement.clientWidth, 60);
    const layouts = [28, 22, 18, 15, 12, 10].map((size) => {
      const columns = Math.max(1, Math.min(this.count, Math.floor(width / size)));
      return { size, columns, rows: Math.ceil(this.count / columns) };
    });
    return layouts.find(({ size, rows }) => rows * size <= 140) ?? layouts[layouts.length - 1];
  }

  paint() {
    const { size, columns, rows } = this.layout();
    const { canvas } = this;
    const ratio = devicePixelRatio;
    canvas.style.width = `${columns * size}px`;
    canvas.style.height = `${rows * size}px`;
    canvas.width = Math.round(columns * size * ratio);
    canvas.height = Math.round(rows * size * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const toColour = diverging();
    const largest = Math.max(1, ...this.values.map(Math.abs));
    const gap = size > 12 ? 2 : 1;
    this.values.forEach((value, unit) => {
      const [x, y] = [(unit % columns) * size, Math.floor(unit / columns) * size];
      context.fillStyle = `rgb(${toColour(value / largest).join(" ")})`;
      context.beginPath();
      context.roundRect(x + gap / 2, y + gap / 2, size - gap, size - gap, size > 12 ? 3 : 1.5);
      context.fill();
      if (unit === this.chosen) {
        context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--text");
        context.lineWidth = 2;
        context.stroke();
      }
    });
  }

  point(event) {
    const { size, columns } = this.layout();
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / size);
    const row = Math.floor((event.clientY - box.top) / size);
    if (column >= 0 && column < columns) {
      this.pick(row * columns + column);
    }
  }

  key(event) {
    const { columns } = this.layout();
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    if (event.key in steps) {
      event.preventDefault();
      this.pick((this.chosen ?? -1) + steps[event.key]);
    }
  }

  pick(unit) {
    if (unit >= 0 && unit < this.count && unit !== this.chosen) {
      this.chosen = unit;
      this.paint();
      this.choose(unit);
    }
  }
}

// Classes up to which a confusion matrix has their names and its counts.
const MOST_NAMED = 16;

// Labels by answers: right ones are blue, mistakes red, each the stronger the more frequent it is.
export class Confusion {
  // `names` are those of the classes; `tell` gets a text about the cell under the pointer, or about all.
  constructor(canvas, names, tell) {
    // Nothing is known before the first epoch ends.
    const counts = names.map(() => names.map(() => 0));
    Object.assign(this, { canvas, names, tell, counts, isKnown: false, at: null });
    new ResizeObserver(() => this.paint()).observe(canvas.parentElement);
    canvas.addEventListener("pointermove", (event) => this.point(event));
    canvas.addEventListener("pointerdown", (event) => this.point(event));
    canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.choose(null));
    canvas.addEventListener("blur", () => this.choose(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // One row of counts per label.
  show(counts) {
    this.counts = counts;
    this.isKnown = true;
    this.paint();
    this.tell(this.text());
  }

  get isNamed() {
    return this.counts.length <= MOST_NAMED;
  }

  // In pixels of the screen: the side, the margin with the names, a cell.
  layout() {
    const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    const margin = this.isNamed ? side / (this.counts.length + 1) : 0;
    return { side, margin, cell: (side - margin) / this.counts.length };
  }

  paint() {
    const { canvas, names } = this;
    const { side, margin, cell } = this.layout();
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const toColour = diverging();
    const style = getComputedStyle(canvas);
    const [text, quiet] = ["--text", "--quiet"].map((name) => style.getPropertyValue(name));
    const font = (size) => (context.font = `${size}px system-ui, sans-serif`);
    context.textAlign = "center";
    context.textBaseline = "middle";
    // One size for all counts, so that the longest fits.
    font(100);
    const widest = this.counts.flat().reduce((widest, count) => Math.max(widest, context.measureText(count).width), 0);
    const size = Math.min(0.42 * cell, (0.84 * cell * 100) / widest);
    const hasCounts = this.isNamed && size >= 6 * devicePixelRatio;
    this.counts.forEach((row, label) => {
      const images = Math.max(1, row.reduce((sum, count) => sum + count, 0));
      const middle = margin + (label + 0.5) * cell;
      if (this.isNamed) {
        context.fillStyle = quiet;
        font(Math.min(0.42 * cell, 14 * devicePixelRatio));
        context.fillText(names[label], margin / 2, middle, 0.95 * margin);
        context.fillText(names[label], middle, margin / 2, 0.95 * cell);
      }
      font(size);
      row.forEach((count, answer) => {
        const [x, y] = [margin + answer * cell, margin + label * cell];
        // A mistake in twenty is a lot. Weak colours, on which text can be read.
        const value = label === answer ? (-0.4 * count) / images : 0.6 * Math.sqrt(Math.min(1, (20 * count) / images));
        context.fillStyle = `rgb(${toColour(value).join(" ")})`;
        context.fillRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
        if (hasCounts && count > 0) {
          context.fillStyle = text;
          context.fillText(count, x + cell / 2, y + cell / 2);
        }
      });
    });
    if (this.at) {
      context.strokeStyle = text;
      context.lineWidth = 1.5 * devicePixelRatio;
      context.strokeRect(margin + this.at[1] * cell, margin + this.at[0] * cell, cell, cell);
    }
  }

  point(event) {
    const { margin, cell } = this.layout();
    const box = this.canvas.getBoundingClientRect();
    const place = (pixels) => Math.floor((pixels * devicePixelRatio - margin) / cell);
    const at = [place(event.clientY - box.top), place(event.clientX - box.left)];
    this.choose(at.every((index) => index >= 0 && index < this.counts.length) ? at : null);
  }

  key(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step) {
      event.preventDefault();
      const last = this.counts.length - 1;
      this.choose((this.at ?? [0, 0]).map((index, k) => Math.max(0, Math.min(last, index + step[k]))));
    }
  }

  choose(at) {
    if (!this.isKnown) {
      return;
    }
    this.at = at;
    this.paint();
    this.tell(this.text());
  }

  text() {
    const { names, counts } = this;
    if (this.at) {
      const [label, answer] = this.at;
      const images = counts[label].reduce((sum, count) => sum + count, 0);
      const part = images > 0 ? ` (${((100 * counts[label][answer]) / images).toFixed(1)} %)` : "";
      const what = label === answer ? "right" : `taken for ${names[answer]}`;
      return `${names[label]}: ${counts[label][answer]} of ${images} ${what}${part}`;
    }
    const all = counts.flatMap((row, label) => row.map((count, answer) => ({ label, answer, count })));
    const most = all.filter(({ label, answer, count }) => label !== answer && count > 0);
    most.sort((a, b) => b.count - a.count);
    const texts = most.slice(0, 3).map(({ label, answer, count }) => `${names[label]} for ${names[answer]} (${count})`);
    return texts.length > 0 ? `Most often taken: ${texts.join(", ")}` : "No mistakes";
  }
}
