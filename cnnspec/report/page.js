// What a page does besides being read: copy, light or dark, unfold what a link leads to, filter.
(() => {
  for (const root of document.querySelectorAll(".cnnspec:not([data-ready])")) {
    root.dataset.ready = "1";
    const status = root.querySelector("[role=status]");

    const copied = async (text) => {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        const box = document.createElement("textarea");
        box.value = text;
        root.append(box);
        box.select();
        const done = document.execCommand("copy");
        box.remove();
        return done;
      }
    };
    for (const button of root.querySelectorAll("button.copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const done = await copied(button.parentElement.querySelector("code").textContent);
        button.textContent = done ? "copied" : "not copied";
        if (status) status.textContent = button.textContent;
        setTimeout(() => (button.textContent = "copy"), 1500);
      });
    }

    const theme = root.querySelector("button.theme");
    if (theme) {
      theme.hidden = false;
      theme.addEventListener("click", () => {
        const dark = getComputedStyle(root).getPropertyValue("--is-dark").trim() === "1";
        root.dataset.theme = dark ? "light" : "dark";
        if (root.parentElement === document.body) document.body.dataset.theme = root.dataset.theme;
      });
    }

    const unfold = () => {
      const id = decodeURIComponent(location.hash.slice(1));
      const found = id && document.getElementById(id);
      if (!found || !root.contains(found)) return;
      for (let one = found; one && one !== root; one = one.parentElement) {
        if (one.tagName === "DETAILS") one.open = true;
      }
      found.scrollIntoView();
    };
    addEventListener("hashchange", unfold);
    if (location.hash) unfold();

    const filter = root.querySelector("form.filter");
    if (filter) {
      filter.hidden = false;
      const wanted = (name) => filter.elements[name].value;
      const apply = () => {
        const [runtime, operation, state] = ["runtime", "operation", "state"].map(wanted);
        const only = filter.elements.deviations.checked;
        for (const column of root.querySelectorAll("[data-operation]")) {
          column.hidden = operation !== "" && column.dataset.operation !== operation;
        }
        let rows = 0;
        for (const row of root.querySelectorAll("[data-runtime]")) {
          const cells = [...row.querySelectorAll("td[data-state]")].filter((one) => !one.hidden);
          const states = row.dataset.state ? [row.dataset.state] : cells.map((one) => one.dataset.state);
          const fits =
            (runtime === "" || row.dataset.runtime === runtime) &&
            (state === "" || states.includes(state)) &&
            (!only || states.includes("fail") || states.includes("died"));
          const elsewhere = row.dataset.of && operation !== "" && row.dataset.of !== operation;
          const bare = !("summary" in row.dataset) && !row.dataset.state && cells.length === 0;
          row.hidden = !fits || elsewhere || bare;
          if (!row.hidden && row.tagName === "TR") rows += 1;
        }
        for (const section of root.querySelectorAll("[data-group]")) {
          section.hidden = ![...section.querySelectorAll("[data-runtime]")].some((one) => !one.hidden);
        }
        if (status) status.textContent = `${rows} rows`;
      };
      filter.addEventListener("input", apply);
      filter.addEventListener("reset", () => setTimeout(apply));
      filter.addEventListener("submit", (event) => event.preventDefault());
    }
  }
})();
