/** Makes a small picture of a chosen image. */

import { h } from "../view/dom.ts";

/** Twice the size of the box in the conversation, for sharp screens. */
const WIDTH = 400;
const HEIGHT = 300;

/**
 * The middle of an image; null for what this browser cannot read.
 * On a canvas, not by an object URL: a page whose policy is `default-src 'self'` shows no `blob:` images.
 */
export async function preview(file: File): Promise<HTMLCanvasElement | null> {
  if (!file.type.startsWith("image/")) return null;
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    return null;
  }
  const canvas = h("canvas", { width: String(WIDTH), height: String(HEIGHT), "aria-hidden": "true" });
  const scale = Math.max(WIDTH / image.width, HEIGHT / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  const pen = canvas.getContext("2d");
  if (pen) pen.imageSmoothingQuality = "high";
  pen?.drawImage(image, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
  image.close();
  return canvas;
}
