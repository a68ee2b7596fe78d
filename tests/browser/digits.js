// Digits as a hand draws them: strokes of points on a sheet from (0, 0) to (1, 1).

// A part of an ellipse around (x, y), from one angle to another in degrees; 0 is right, 90 down.
function arc(x, y, width, height, from, to, points = 24) {
  return Array.from({ length: points + 1 }, (_, k) => {
    const angle = ((from + ((to - from) * k) / points) * Math.PI) / 180;
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
  });
}

export const DIGITS = {
  0: [arc(0.5, 0.5, 0.2, 0.32, -90, 270, 40)],
  1: [[[0.53, 0.17], [0.5, 0.5], [0.47, 0.83]]],
  2: [[...arc(0.5, 0.34, 0.19, 0.17, -170, 40), [0.32, 0.8], [0.52, 0.77], [0.74, 0.8]]],
  3: [[...arc(0.46, 0.33, 0.2, 0.16, -150, 80), ...arc(0.46, 0.65, 0.23, 0.18, -80, 150)]],
  4: [[[0.34, 0.18], [0.29, 0.52], [0.7, 0.5]], [[0.66, 0.2], [0.62, 0.5], [0.6, 0.84]]],
  5: [[[0.36, 0.2], [0.34, 0.46], ...arc(0.46, 0.63, 0.2, 0.19, -110, 150)], [[0.36, 0.2], [0.7, 0.18]]],
  6: [[[0.6, 0.16], [0.42, 0.36], [0.36, 0.6], ...arc(0.51, 0.66, 0.16, 0.16, 180, -180)]],
  7: [[[0.28, 0.22], [0.5, 0.21], [0.72, 0.2], [0.56, 0.5], [0.44, 0.84]]],
};
