// What scripts add to pages that work without them: buttons that copy, times as the reader's clock has them, and a
// log that follows.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const word = button.querySelector("span");
  const said = word.textContent;
  if (!navigator.clipboard) continue; // only where the page came safely
  button.hidden = false;
  button.addEventListener("click", async () => {
    const value = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(value.textContent);
      word.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(value);
      word.textContent = "Selected";
    }
    setTimeout(() => { word.textContent = said; }, 2000);
  });
}

function local(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.title = time.textContent;
    time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}
local(document);

// A log that is followed is read again every two seconds while somebody looks, and put in the place of the old one.
for (const button of document.querySelectorAll("[data-follows]")) {
  const name = button.dataset.follows;
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.setAttribute("aria-pressed", "false");
    button.textContent = "Follow live";
  };
  const look = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, { redirect: "error" });
      const read = new DOMParser().parseFromString(await response.text(), "text/html").getElementById(name);
      if (!response.ok || !read) throw new Error("no log");
      if (!timer) return;
      local(read);
      document.getElementById(name).replaceWith(read);
    } catch {
      stop();
    }
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (timer) return stop();
    timer = setInterval(look, 2000);
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Following";
    return look();
  });
}
