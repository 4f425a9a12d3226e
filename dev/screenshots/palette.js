// The pixels of a picture as indices into a palette of few colours, and for every other colour the nearest of them. A
// page is a few flat colours and the edges of letters. Chosen is what is there often and is unlike what was chosen
// before, so that one red word on a long page stays red.
async (address) => {
  const apart = (one, other) => one.reduce((sum, part, at) => sum + (part - other[at]) ** 2, 0);
  const image = await createImageBitmap(await (await fetch(address)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const seen = new Map();
  for (const pixel of pixels) seen.set(pixel, (seen.get(pixel) ?? 0) + 1);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const wanted = [...seen].map(([pixel, times]) => ({ pixel, parts: parts(pixel), weight: Math.sqrt(times), far: 1e6 }));
  const chosen = [], place = new Map();
  while (chosen.length < Math.min(MOST, wanted.length)) {
    const worth = (one) => one.far * one.weight;
    const next = wanted.reduce((best, one) => (worth(one) > worth(best) ? one : best));
    place.set(next.pixel, chosen.push(next.parts) - 1);
    for (const one of wanted) one.far = Math.min(one.far, apart(one.parts, next.parts));
  }
  const nearest = (pixel) => {
    const here = parts(pixel);
    let best = 0, least = Infinity;
    chosen.forEach((there, index) => {
      const far = apart(here, there);
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
