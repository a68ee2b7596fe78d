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

  // Squares of 9 to 22 pixels, larger where the units are few.
  layout() {
    const width = Math.max(this.canvas.parentElement.clientWidth, 60);
    const wanted = this.count <= 60 ? 22 : this.count <= 250 ? 15 : 10;
    const columns = Math.max(1, Math.min(this.count, Math.floor(width / wanted)));
    return { size: wanted, columns, rows: Math.ceil(this.count / columns) };
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

// Labels by answers, both named as in `names`; the right ones are blue, mistakes red, each as dark as it is frequent.
export function paintConfusion(canvas, confusion, names) {
  const classes = confusion.length;
  const side = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const toColour = diverging();
  // Beside and above the cells stand the classes, where there is room.
  const isSmall = classes <= 16;
  const margin = isSmall ? side / (classes + 1) : 0;
  const cell = (side - margin) / classes;
  const text = getComputedStyle(canvas);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${Math.round(0.4 * cell)}px system-ui, sans-serif`;
  confusion.forEach((row, label) => {
    const images = Math.max(1, row.reduce((sum, count) => sum + count, 0));
    const middle = margin + (label + 0.5) * cell;
    if (isSmall) {
      context.fillStyle = text.getPropertyValue("--quiet");
      context.fillText(names[label], margin / 2, middle, 0.95 * margin);
      context.fillText(names[label], middle, margin / 2, 0.95 * cell);
    }
    row.forEach((count, answer) => {
      const [x, y] = [margin + answer * cell, margin + label * cell];
      const part = count / images;
      // A mistake in twenty is a lot.
      const value = label === answer ? -part : Math.sqrt(Math.min(1, 20 * part));
      context.fillStyle = `rgb(${toColour(0.85 * value).join(" ")})`;
      context.fillRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
      if (isSmall && count > 0) {
        const isDark = Math.abs(value) > 0.5;
        context.fillStyle = text.getPropertyValue(isDark ? "--card" : "--text");
        context.fillText(count, x + cell / 2, y + cell / 2);
      }
    });
  });
}
