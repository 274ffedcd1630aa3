// Draws a figure with Plotly, and above it some HTML of the page's own, and changes what stands there when the next one
// comes: nothing blinks, and where only marks have moved, only marks are drawn. A module for Streamlit, which calls it with
// each new figure.

const AT_ONCE = {mode: "immediate", frame: {duration: 0, redraw: false}, transition: {duration: 0}};
const FULL_SCREEN = {
  name: "Full screen",
  icon: {width: 24, height: 24, path: "M4 9V4h5v2H6v3zM15 4h5v5h-2V6h-3zM4 15h2v3h3v2H4zM18 15h2v5h-5v-2h3z"},
  click: chart => document.fullscreenElement ? document.exitFullscreen() : chart.requestFullscreen(),
};

export default async function ({data, parentElement}) {
  const wanted = JSON.parse(new TextDecoder().decode(data));
  const chart = parentElement.querySelector(".chart") ?? newChart(parentElement);
  chart.wanted = wanted;
  if (chart.above.html !== wanted.above) chart.above.innerHTML = chart.above.html = wanted.above;
  chart.ariaLabel = wanted.words;
  chart.style.height = `${wanted.figure.layout.height}px`;
  try {
    await library(wanted.library);
    if (chart.wanted === wanted) await draw(chart);
  } catch (error) {
    if (chart.drawn) Plotly.purge(chart);
    chart.drawn = undefined;
    chart.textContent = `This chart could not be drawn: ${error.message}. Load the page again.`;
  }
  return () => {
    // Called, too, for a figure that was overtaken while the library was being loaded: then the chart is in use.
    if (!chart.isConnected) window.Plotly?.purge(chart);
  };
}

function newChart(parent) {
  const chart = document.createElement("div");
  chart.className = "chart";
  chart.role = "figure";
  chart.above = document.createElement("div");
  parent.append(chart.above, chart);
  new ResizeObserver(() => {
    const {width, height} = size(chart);
    if (chart.drawn && width && (width !== chart.layout.width || height !== chart.layout.height)) {
      Plotly.relayout(chart, {width, height});
    }
  }).observe(chart);
  return chart;
}

function size(chart) {
  return {width: chart.clientWidth || undefined, height: chart.clientHeight || undefined}; // nothing where it is hidden
}

let loading;

function library(address) {
  loading ??= load(address).catch(error => {
    loading = undefined; // for the next figure to try again
    throw error;
  });
  return loading;
}

// The address holds the version, so that what the browser has under it need never be asked for again. As the text of a
// script it is compiled once for all visits; as its address, or as a blob's, for each.
async function load(address) {
  const answer = await fetch(new URL(address, document.baseURI), {cache: "force-cache"});
  if (!answer.ok) throw new Error(`the server says ${answer.status}`);
  const script = document.createElement("script");
  script.textContent = await answer.text();
  document.head.append(script);
  rememberArrays(Plotly.PlotSchema);
}

// For each picture Plotly walks through all that a trace can have, to find what in this one are arrays: two fifths of its time.
// Traces that are alike but for what is in their arrays have the same ones.
function rememberArrays(schema) {
  const find = schema.findArrayAttributes, found = new Map();
  schema.findArrayAttributes = trace => {
    const look = JSON.stringify(trace._input, (key, value) => Array.isArray(value) || value?.bdata ? [] : value);
    if (found.size > 500) found.clear(); // numbers in what a mark says are part of its look
    if (!found.has(look)) found.set(look, find(trace));
    return found.get(look);
  };
}

async function draw(chart) {
  const {wanted} = chart, {figure: {data, ...figure}, config} = wanted;
  const layout = {...figure.layout, ...size(chart), template: theme(chart)};
  const looks = data.map(({x, y, text, customdata, ...look}) => look);
  const drawn = JSON.stringify([layout, looks, config]); // as asked for, not as the visitor has zoomed it since
  if (chart.drawn !== drawn) {
    const entry = ({legendgroup, name}) => legendgroup ?? name;
    const hidden = new Set(chart.data?.filter(trace => trace.visible === "legendonly").map(entry));
    for (const trace of data) if (hidden.has(entry(trace))) trace.visible = "legendonly";
    if (chart.drawn) await Plotly.animate(chart, [null], AT_ONCE).catch(() => {}); // ends a playback
    // Not Plotly.react, which would remember the axes of the first figure: "Reset axes" would go back to those.
    const shown = {...config, modeBarButtonsToAdd: [FULL_SCREEN]};
    await Plotly.newPlot(chart, {data, layout, frames: framesOf(figure), config: shown});
    chart.drawn = drawn;
    return;
  }
  await Plotly.animate(chart, {data, traces: [...data.keys()]}, AT_ONCE);
  const place = layout.sliders?.[0].active;
  if (place !== chart.layout.sliders?.[0].active) await Plotly.relayout(chart, "sliders[0].active", place);
  // The same layout has the same slider and so frames of the same names, which are replaced. Nobody can play them before
  // the new picture has been seen.
  requestAnimationFrame(() => setTimeout(() => {
    if (chart.wanted === wanted) Plotly.addFrames(chart, framesOf(figure));
  }));
}

// A film says what changes in some traces, at all moments; Plotly's frames say it moment by moment.
function framesOf({frames = [], film}) {
  if (!film) return frames;
  const {names, traces, changes} = film;
  const each = changes.map(change => Object.entries(change).map(([what, values]) => [what, values.bdata ? rows(values) : values]));
  const at = moment => each.map(change => Object.fromEntries(change.map(([what, values]) => [what, values[moment]])));
  return names.map((name, moment) => ({name, traces, data: at(moment)}));
}

function rows({bdata, shape}) {
  const [count, size] = shape.split(",").map(Number);
  const numbers = new Float64Array(Uint8Array.from(atob(bdata), letter => letter.charCodeAt(0)).buffer);
  return Array.from({length: count}, (_, row) => [...numbers.subarray(row * size, (row + 1) * size)]);
}

function theme(chart) {
  const style = getComputedStyle(chart), of = name => style.getPropertyValue(`--st-${name}`);
  const ground = of("background-color"), faint = of("border-color-light");
  const axis = {gridcolor: faint, zerolinecolor: faint, ticklabelstandoff: 7};
  const edge = {gridcolor: "#808080"}; // WebGL draws a faint colour at full strength
  return {layout: {
    font: {family: of("font"), color: of("text-color")},
    paper_bgcolor: ground,
    plot_bgcolor: ground,
    xaxis: {...axis, showgrid: false},
    yaxis: axis,
    scene: {xaxis: edge, yaxis: edge, zaxis: edge},
  }};
}
