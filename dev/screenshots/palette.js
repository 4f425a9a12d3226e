// The pixels of a picture as indices into a palette of at most 256 colours: those that are there the most, and for
// every other one the nearest of them. A page is a few flat colours and the edges of letters; nothing is seen to go.
async (address) => {
  const image = await createImageBitmap(await (await fetch(address)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const seen = new Map();
  for (const pixel of pixels) seen.set(pixel, (seen.get(pixel) ?? 0) + 1);
  const palette = [...seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST).map(([pixel]) => pixel);
  const place = new Map(palette.map((pixel, index) => [pixel, index]));
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const chosen = palette.map(parts);
  const nearest = (pixel) => {
    const [r, g, b] = parts(pixel);
    let best = 0, least = Infinity;
    chosen.forEach(([x, y, z], index) => {
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [index, far];
    });
    place.set(pixel, best);
    return best;
  };
  const indices = new Uint8Array(pixels.length);
  pixels.forEach((pixel, at) => { indices[at] = place.get(pixel) ?? nearest(pixel); });
  let text = "";
  for (let at = 0; at < indices.length; at += 8192) text += String.fromCharCode(...indices.subarray(at, at + 8192));
  return { width: image.width, palette: chosen.flat(), indices: btoa(text) };
}
