if (!window.gradientDescentScript) {
  window.gradientDescentScript = true;
  // A server that was started anew knows nothing of this page until it runs: a step in the history makes it run at once,
  // before the first change, which would otherwise be lost to the address.
  const app = document.querySelector("[data-testid=stApp]");
  let away = false;
  new MutationObserver(() => {
    const here = app.dataset.testConnectionState === "CONNECTED";
    if (here && away) window.dispatchEvent(new PopStateEvent("popstate"));
    away = !here;
  }).observe(app, {attributes: true, attributeFilter: ["data-test-connection-state"]});
  window.addEventListener("click", async event => {
    if (event.target.id !== "copy-link") return;
    const result = document.getElementById("copy-result");
    try {
      await navigator.clipboard.writeText(document.querySelector("[role=dialog] code").textContent);
      result.textContent = "Copied.";
    } catch {
      result.textContent = "This browser does not let a page copy: select the link and copy it.";
    }
  });
  window.addEventListener("keydown", event => {
    const typing = event.target.closest("input, textarea, canvas, [role=combobox]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const figure = document.querySelector(".st-key-theatre .js-plotly-plot");
    const buttons = figure?.querySelectorAll(".updatemenu-button") ?? [];
    if (buttons.length < 2) return;
    const key = event.key.toLowerCase();
    if (key === "k") {
      // Plotly tells when a playback has ended, or was ended by a new figure; until then a second K is a pause.
      const playing = figure.keyedPlayback === "playing";
      figure.keyedPlayback = playing ? "paused" : "playing";
      for (const end of ["plotly_animated", "plotly_animationinterrupted"]) {
        if (!playing) figure.once(end, () => { figure.keyedPlayback = "ended"; });
      }
      buttons[playing ? 1 : 0].dispatchEvent(new MouseEvent("click", {bubbles: true}));
    }
    if (key === "j" || key === "l") {
      const slider = figure.layout.sliders[0], rail = figure.querySelector(".slider-rail-touch-rect");
      const place = Math.min(slider.steps.length - 1, Math.max(0, slider.active + (key === "j" ? -1 : 1)));
      const box = rail.getBoundingClientRect(), inset = 5;
      const at = {
        bubbles: true, clientY: box.top + box.height / 2,
        clientX: box.left + inset + (box.width - 2 * inset) * place / (slider.steps.length - 1),
      };
      rail.dispatchEvent(new MouseEvent("mousedown", at));
      figure.dispatchEvent(new MouseEvent("mouseup", at));
    }
  });
}
