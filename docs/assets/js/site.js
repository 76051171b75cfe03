// The interactive parts of a page: an element names its module, which is loaded when it is near.
//
//   <div data-widget="stepper">what the build computed</div>   ->   ./stepper.js, `start(element)`
//
// A module gets an element that already holds the first answer, so a page without scripts is whole.
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    import(`./${target.dataset.widget}.js`).then(({ start }) => start(target));
  }
}, { rootMargin: "400px" });
for (const element of document.querySelectorAll("[data-widget]")) near.observe(element);

// What the theme adds to a page while it loads, made whole for keyboards and screen readers:
// the bars on code blocks get names of their own, and what scrolls can be scrolled with keys.
let bars = 0;
function complete() {
  for (const bar of document.querySelectorAll(".md-code__nav:not([aria-label])"))
    bar.setAttribute("aria-label", `Code block ${++bars}`);
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) {
    if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  }
}
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", complete);
complete();
