// What scripts add to pages that work without them: buttons that copy, and times as the reader's clock has them.
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

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
