/** A photo for those who have none at hand: a pothole, drawn, a little different each time. */

const WIDTH = 960;
const HEIGHT = 720;

/** A JPEG file. */
export async function drawnPhoto() {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  road(pen);
  hole(pen, WIDTH * (0.35 + Math.random() * 0.3), HEIGHT * (0.6 + Math.random() * 0.15));
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  return new File([blob], "cukur.jpg", { type: "image/jpeg" });
}

function road(pen) {
  pen.fillStyle = "#b9cfe0";
  pen.fillRect(0, 0, WIDTH, HEIGHT * 0.3);
  pen.fillStyle = "#6f6f70";
  pen.fillRect(0, HEIGHT * 0.3, WIDTH, HEIGHT);
  for (let grain = 0; grain < 6000; grain += 1) {
    pen.fillStyle = `rgba(${Math.random() < 0.5 ? "255,255,255" : "0,0,0"},0.08)`;
    pen.fillRect(Math.random() * WIDTH, HEIGHT * (0.3 + Math.random() * 0.7), 3, 2);
  }
  pen.fillStyle = "#e9e4d2";
  for (let dash = 0; dash < 5; dash += 1) pen.fillRect(WIDTH * 0.12, HEIGHT * (0.34 + dash * 0.15), 22, 60);
  pen.fillStyle = "#a8a39b";
  pen.fillRect(0, HEIGHT * 0.27, WIDTH, HEIGHT * 0.04);
}

function hole(pen, x, y) {
  for (const [size, colour] of [[1, "#55514c"], [0.82, "#3a3733"], [0.6, "#242220"]]) {
    pen.fillStyle = colour;
    pen.beginPath();
    for (let corner = 0; corner <= 24; corner += 1) {
      const angle = (corner / 24) * 2 * Math.PI;
      const reach = size * (1 + 0.16 * Math.sin(corner * 2.7) + 0.05 * Math.random());
      pen.lineTo(x + Math.cos(angle) * 190 * reach, y + Math.sin(angle) * 85 * reach);
    }
    pen.fill();
  }
}
