// Comfort only: every button works as a plain form. Nothing here decides an amount; what is shown is an estimate.
(() => {
  "use strict";
  const number = (text) => Number(String(text || "").replaceAll(",", "").replaceAll("−", "-"));
  const shown = (value) => value.toLocaleString("en-AU", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  document.querySelectorAll(".filters select").forEach((select) =>
    select.addEventListener("change", () => select.form.requestSubmit()));

  document.querySelectorAll("form[data-confirm]").forEach((form) =>
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    }));

  document.querySelectorAll("[data-fill]").forEach((button) =>
    button.addEventListener("click", () => button.form.querySelectorAll("[data-open]").forEach((input) => {
      input.value = input.dataset.open;
    })));

  document.querySelectorAll("[data-bulk]").forEach((form) => {
    const boxes = [...form.querySelectorAll('input[name="id"]')];
    const all = form.querySelector("[data-all]");
    const says = form.querySelector("[data-ticked]");
    if (!all) return;
    const refresh = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      says.textContent = ticked ? `${ticked} ticked` : "None ticked";
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
      form.querySelectorAll("[data-needs-tick]").forEach((button) => { button.disabled = ticked === 0; });
    };
    all.disabled = boxes.length === 0;
    all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); refresh(); });
    boxes.forEach((box) => box.addEventListener("change", refresh));
    refresh();
  });

  document.querySelectorAll("[data-bill]").forEach((form) => {
    const lines = form.querySelector("[data-lines]");
    const refresh = () => {
      let sum = 0;
      lines.querySelectorAll("[data-line]").forEach((line) => {
        const chosen = line.querySelector('select[name="product"]');
        const unit = line.querySelector("[data-unit]").value || (chosen && chosen.selectedOptions[0].dataset.cost);
        const quantity = line.querySelector("[data-quantity]").value || (chosen ? "" : unit && "1");
        const amount = quantity === "" || !unit ? NaN : number(quantity) * number(unit);
        line.querySelector("[data-amount]").textContent = Number.isFinite(amount) ? shown(amount) : "";
        sum += Number.isFinite(amount) ? amount : 0;
      });
      form.querySelector("[data-sum]").textContent = shown(sum);
    };
    const fit = (area) => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 2}px`; };
    form.querySelector("[data-add]").addEventListener("click", () => {
      lines.append(form.querySelector("[data-new-line]").content.cloneNode(true));
      lines.lastElementChild.querySelector("textarea, select").focus();
      refresh();
    });
    form.addEventListener("click", (event) => {
      const remove = event.target.closest("[data-remove]");
      if (remove) { remove.closest("[data-line]").remove(); refresh(); }
    });
    form.addEventListener("input", (event) => {
      if (event.target.tagName === "TEXTAREA") fit(event.target);
      refresh();
    });
    lines.querySelectorAll("textarea").forEach(fit);
    refresh();
  });
})();
