// The lineage picture gains a hand: pointing lights the whole path, clicking an edge opens its
// evidence beside the picture, and the picture can be moved, enlarged and fitted.
"use strict";
(() => {
  const largest = 2;
  const smallest = 0.15;

  // Tracing: from what is pointed at, along columns where they are known, upstream and downstream.
  const tracer = (svg) => {
    const edges = [...svg.querySelectorAll(".edge")];
    const ends = (edge) => [
      { node: edge.dataset.from, column: edge.dataset.fromColumn },
      { node: edge.dataset.to, column: edge.dataset.toColumn },
    ];
    const key = (end) => `${end.node} ${end.column}`;

    const follow = (start, forward, byColumn, lit) => {
      const seen = new Set([byColumn ? key(start) : start.node]);
      const queue = [start];
      while (queue.length) {
        const here = queue.pop();
        for (const edge of edges) {
          const [from, to] = ends(edge);
          const [near, far] = forward ? [from, to] : [to, from];
          const joined = near.node === here.node && (!byColumn || near.column === here.column);
          if (!joined) continue;
          lit.add(edge);
          const mark = byColumn ? key(far) : far.node;
          if (!seen.has(mark) && !(byColumn && !far.column)) {
            seen.add(mark);
            queue.push(far);
          }
        }
      }
    };

    const light = (starts, byColumn) => {
      const lit = new Set();
      for (const [start, forward] of starts) follow(start, forward, byColumn, lit);
      return lit;
    };

    const clear = () => {
      svg.classList.remove("is-tracing");
      for (const element of svg.querySelectorAll(".is-lit")) element.classList.remove("is-lit");
    };

    const show = (lit, also) => {
      clear();
      if (!lit.size) return;
      svg.classList.add("is-tracing");
      const add = (element) => element?.classList.add("is-lit");
      also.forEach(add);
      for (const edge of lit) {
        add(edge);
        for (const end of ends(edge)) {
          add(svg.getElementById(end.node));
          if (end.column) {
            add(svg.querySelector(
              `.column[data-node="${CSS.escape(end.node)}"][data-column="${CSS.escape(end.column)}"]`));
          }
        }
      }
    };

    const trace = (target) => {
      const edge = target.closest(".edge");
      const column = target.closest(".column");
      const node = target.closest(".node");
      if (edge) {
        const [from, to] = ends(edge);
        const byColumn = Boolean(from.column && to.column);
        const lit = light([[from, false], [to, true]], byColumn);
        show(lit.add(edge), []);
      } else if (column) {
        const start = { node: column.dataset.node, column: column.dataset.column };
        show(light([[start, false], [start, true]], true), [column, node]);
      } else if (node) {
        const start = { node: node.id };
        show(light([[start, false], [start, true]], false), [node]);
      } else clear();
    };

    svg.addEventListener("pointerover", (event) => trace(event.target));
    svg.addEventListener("pointerleave", clear);
    svg.addEventListener("focusin", (event) => trace(event.target));
    svg.addEventListener("focusout", clear);
  };

  // Evidence: an edge's link is loaded into the drawer; without htmx or a drawer it is a page.
  const evidence = (svg) => {
    svg.addEventListener("click", (event) => {
      const edge = event.target.closest("a.edge");
      const drawer = document.getElementById("drawer");
      const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      if (!edge || !drawer || !window.htmx || !plain) return;
      event.preventDefault();
      const address = edge.getAttribute("href");
      window.htmx.ajax("GET", address, { target: "#drawer", swap: "innerHTML" }).then(() => {
        history.replaceState(null, "", address);
        drawer.focus({ preventScroll: true });
        drawer.scrollIntoView({ block: "nearest" });
      });
    });
  };

  // Moving and enlarging change the viewBox alone, so nothing in the picture is written to.
  const viewer = (canvas, svg, buttons) => {
    const whole = { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
    const focus = { x: Number(svg.dataset.focusX), y: Number(svg.dataset.focusY) };
    const view = { x: 0, y: 0, scale: 1 };
    canvas.dataset.zoomable = "";
    buttons.hidden = false;

    const size = () => ({ width: svg.clientWidth || 1, height: svg.clientHeight || 1 });
    const apply = () => {
      const { width, height } = size();
      svg.setAttribute("viewBox",
        `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
    };
    const center = (x, y) => {
      const { width, height } = size();
      view.x = x - width / view.scale / 2;
      view.y = y - height / view.scale / 2;
    };
    const zoom = (factor, x, y) => {
      const before = view.scale;
      view.scale = Math.min(largest, Math.max(smallest, before * factor));
      const { width, height } = size();
      const [px, py] = x === undefined ? [width / 2, height / 2] : [x, y];
      view.x += px / before - px / view.scale;
      view.y += py / before - py / view.scale;
      apply();
    };
    const fitting = () => {
      const { width, height } = size();
      return Math.min(1, width / whole.width, height / whole.height);
    };
    const fit = () => {
      view.scale = Math.max(smallest, fitting());
      center(whole.width / 2, whole.height / 2);
      apply();
    };
    // At first all of it when it stays readable, else the asked dataset in the middle, without
    // showing more emptiness than there must be.
    const start = () => {
      if (fitting() >= 0.8) return fit();
      view.scale = 0.9;
      const { width, height } = size();
      const within = (middle, shown, all) =>
        shown >= all ? all / 2 : Math.min(Math.max(middle, shown / 2), all - shown / 2);
      center(
        within(focus.x, width / view.scale, whole.width),
        within(focus.y, height / view.scale, whole.height),
      );
      return apply();
    };

    const acts = { in: () => zoom(1.25), out: () => zoom(0.8), fit };
    buttons.addEventListener("click", (event) => acts[event.target.closest("[data-zoom]")?.dataset.zoom]?.());

    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = svg.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
    }, { passive: false });

    let grip = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      grip = { x: event.clientX, y: event.clientY, from: { ...view }, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const dx = event.clientX - grip.x;
      const dy = event.clientY - grip.y;
      if (!grip.moved && Math.hypot(dx, dy) < 4) return;
      if (!grip.moved) {
        grip.moved = true;
        canvas.setPointerCapture(event.pointerId);
        canvas.dataset.panning = "";
      }
      view.x = grip.from.x - dx / view.scale;
      view.y = grip.from.y - dy / view.scale;
      apply();
    });
    const release = () => {
      // The click that ends a drag must not follow a link.
      if (grip?.moved) {
        canvas.addEventListener("click", (event) => {
          event.preventDefault();
          event.stopPropagation();
        }, { capture: true, once: true });
      }
      grip = null;
      delete canvas.dataset.panning;
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    svg.addEventListener("dragstart", (event) => event.preventDefault());

    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = 60 / view.scale;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[event.key]) {
        view.x += moves[event.key][0];
        view.y += moves[event.key][1];
        apply();
      } else if (event.key === "+" || event.key === "=") zoom(1.25);
      else if (event.key === "-") zoom(0.8);
      else if (event.key === "0") fit();
      else return;
      event.preventDefault();
    });

    // What gets the keyboard's focus comes into view.
    svg.addEventListener("focusin", (event) => {
      const frame = canvas.getBoundingClientRect();
      const box = event.target.getBoundingClientRect();
      const inside = box.left >= frame.left && box.right <= frame.right &&
        box.top >= frame.top && box.bottom <= frame.bottom;
      if (inside || !event.target.getBBox || grip) return;
      const own = event.target.getBBox();
      center(own.x + own.width / 2, own.y + own.height / 2);
      apply();
    });

    // On paper stands the whole picture.
    addEventListener("beforeprint", () =>
      svg.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`));
    addEventListener("afterprint", apply);

    // A canvas that is hidden at first is placed when it gets its size.
    let placed = false;
    new ResizeObserver(() => {
      if (placed) apply();
      else if (svg.clientWidth) {
        placed = true;
        start();
      }
    }).observe(canvas);
  };

  // The picture as pixels: the SVG file, drawn twice as large by the browser itself.
  const pixels = (link) => {
    link.hidden = false;
    link.addEventListener("click", async (event) => {
      if (link.dataset.drawn !== undefined) return;
      event.preventDefault();
      const answer = await fetch(link.href);
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await answer.text())}`;
      await image.decode();
      const sheet = document.createElement("canvas");
      // Browsers draw no canvas that is larger than some 16,000 pixels.
      const scale = Math.min(2, 16000 / image.width, 16000 / image.height);
      sheet.width = image.width * scale;
      sheet.height = image.height * scale;
      sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
      link.href = sheet.toDataURL("image/png");
      link.dataset.drawn = "";
      link.click();
    });
  };

  const ready = (within) => {
    for (const link of within.querySelectorAll("a[data-png][hidden]")) pixels(link);
    for (const picture of within.querySelectorAll("[data-picture]:not([data-ready])")) {
      const svg = picture.querySelector("svg.lineage[data-focus-x]");
      if (!svg) continue;
      picture.dataset.ready = "";
      tracer(svg);
      evidence(svg);
      viewer(picture.querySelector("[data-canvas]"), svg, picture.querySelector("[data-zoom-buttons]"));
    }
  };
  ready(document);
  document.addEventListener("htmx:afterSwap", () => ready(document));
})();
