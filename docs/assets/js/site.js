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
