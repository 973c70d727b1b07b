"""The page's style sheet and script: light and dark, phone and print, sortable tables; no framework, no request."""

CSS = """
:root { color-scheme: light dark; --bg:#f6f7f8; --card:#ffffff; --ink:#1c1e21; --muted:#5c6269; --line:#dfe2e6;
  --accent:#0072b2; --few:#fdf3dc; --shade:#0004; }
@media screen and (prefers-color-scheme: dark) { :root { --bg:#111316; --card:#1a1d21; --ink:#e9eaec; --muted:#a3a9b1;
  --line:#32373e; --accent:#56b4e9; --few:#33291a; --shade:#000a; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--bg); color:var(--ink); overflow-wrap:break-word;
  font:16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK KR", "Malgun Gothic",
  "Apple SD Gothic Neo", sans-serif; }
:lang(ko) { word-break:keep-all; }
main, header, nav, footer { max-width:1060px; margin:0 auto; padding:0 20px; }
header { padding-top:36px; }
h1 { font-size:clamp(1.6rem, 4.5vw, 2.4rem); line-height:1.2; margin:0 0 4px; letter-spacing:-.01em; }
h2 { font-size:1.4rem; line-height:1.3; margin:48px 0 12px; }
h3 { font-size:1.05rem; margin:28px 0 8px; }
p { margin:0 0 12px; max-width:75ch; }
.sub, figcaption, .note { color:var(--muted); }
nav ul { list-style:none; display:flex; flex-wrap:wrap; gap:4px 18px; margin:14px 0 0; padding:0; font-size:.92rem; }
a { color:var(--accent); }
.answer p { font-size:1.12rem; max-width:70ch; }
.answer p:first-child { font-size:1.28rem; line-height:1.5; font-weight:600; }
.sure { padding-left:1.2em; max-width:80ch; }
.sure li { margin-bottom:6px; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit, minmax(150px, 1fr)); gap:12px; margin:20px 0; padding:0; }
.tiles div { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:12px 14px; }
.tiles dt { color:var(--muted); font-size:.85rem; }
.tiles dd { margin:0; font-size:1.45rem; font-weight:650; line-height:1.35; font-variant-numeric:tabular-nums; }
.tiles dd small { display:block; font-size:.8rem; font-weight:400; color:var(--muted); }
.whole { white-space:nowrap; }
figure { margin:16px 0; background:var(--card); border:1px solid var(--line); border-radius:10px; padding:14px 16px; }
figure h3 { margin:0 0 8px; }
figure img { display:block; width:100%; max-width:640px; height:auto; }
figure.wide img { max-width:none; }
figure#fig-cells img { max-width:860px; max-height:1300px; object-fit:contain; object-position:left; }
.scroll, pre { overflow-x:auto; }
figcaption { margin-top:8px; font-size:.94rem; max-width:85ch; }
.pair { display:grid; grid-template-columns:repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap:16px; align-items:start; }
.pair figure, .pair > div { margin:0; min-width:0; }
.pair + .pair { margin-top:16px; }
table { border-collapse:collapse; font-size:.92rem; font-variant-numeric:tabular-nums; }
.scroll:has(> table) { border:1px solid var(--line); border-radius:10px; width:fit-content; max-width:100%;
  margin:12px 0; background: linear-gradient(to left, var(--card) 40%, transparent) right / 36px 100% no-repeat local,
  linear-gradient(to left, var(--shade), transparent) right / 14px 100% no-repeat, var(--card); }
th, td { padding:5px 10px; text-align:right; border-top:1px solid var(--line); white-space:nowrap; }
thead th { border-top:0; font-weight:600; vertical-align:bottom; }
.text, table.pairs th, table.pairs td { text-align:left; }
.sortable thead th, .sortable td.text { white-space:normal; }
.sortable td.text { min-width:6.5em; overflow-wrap:break-word; }
.folds td.text { min-width:9em; }
table.pairs td { white-space:normal; overflow-wrap:anywhere; }
table.pairs th { font-weight:400; color:var(--muted); }
th button { all:unset; cursor:pointer; font-weight:600; }
th button:focus-visible { outline:2px solid var(--accent); outline-offset:2px; }
th button::after { content:"\\00a0\\2195"; color:var(--muted); font-weight:400; }
th[aria-sort=ascending] button::after { content:"\\00a0\\2191"; color:var(--accent); }
th[aria-sort=descending] button::after { content:"\\00a0\\2193"; color:var(--accent); }
.scroll tr.few td { background:var(--few); }
tr.best td { font-weight:650; }
.dot { display:inline-block; width:.72em; height:.72em; border-radius:3px; margin-right:.45em;
  background:var(--light); }
@media screen and (prefers-color-scheme: dark) { .dot { background:var(--dark); } }
.command { white-space:pre-wrap; overflow-wrap:anywhere; }
pre { background:var(--card); border:1px solid var(--line); border-radius:10px; padding:12px 14px; font-size:.86rem;
  line-height:1.45; }
details { margin:12px 0; } summary { cursor:pointer; color:var(--accent); }
.tall { max-height:34rem; overflow:auto; }
.tall thead th { position:sticky; top:0; background:var(--card); box-shadow:0 1px 0 var(--line); }
.scroll th:first-child, .scroll td:first-child { position:sticky; left:0; background:var(--card); }
.scroll.tall thead th:first-child { z-index:1; }
footer { padding:36px 20px 48px; color:var(--muted); font-size:.88rem; }
@media (max-width:600px) { body { font-size:15px; } main, header, nav { padding:0 14px; } header { padding-top:22px; }
  h2 { margin-top:36px; } figure { padding:10px; } .tiles { grid-template-columns:1fr 1fr; }
  th, td { padding:5px 9px; } .tiles dd { font-size:1.2rem; }
  .sortable { font-size:.86rem; } .sortable td.text { max-width:42vw; } }
@media screen and (max-width:600px) { .folds table, .folds tbody, .folds tr { display:block; }
  .folds thead, .folds td:empty { display:none; } .folds tr { padding:8px 0; border-top:1px solid var(--line); }
  .scroll.folds td { display:block; position:static; border:0; padding:1px 12px; text-align:left; white-space:normal;
  max-width:none; } .folds td::before { content:attr(data-head) "\\2003"; color:var(--muted); } }
@page { margin:14mm 13mm; }
@media print { :root { --bg:#fff; color-scheme:light; } body { font-size:10.5pt; }
  nav, th button::after { display:none; } th button { display:contents; } /* no head with a button is repeated */
  main, header, footer { max-width:none; padding:0; }
  .scroll, .scroll.tall, pre { overflow:visible; max-height:none; }
  pre { white-space:pre-wrap; overflow-wrap:anywhere; }
  .scroll thead th, .scroll th:first-child, .scroll td:first-child { position:static; }
  thead { display:table-header-group; break-inside:avoid; } figure, .tiles div, tr { break-inside:avoid; }
  h2, h3, summary { break-after:avoid; } table { font-size:8pt; } th, td { padding:2px 5px; }
  .pair { grid-template-columns:1fr 1fr; } figcaption { font-size:9pt; } .scroll:has(> table) { background:none; }
  figure img, figure#fig-cells img { max-width:12cm; max-height:21cm; }
  figure.wide img { max-width:100%; object-fit:contain; object-position:left; }
  .dot, .scroll tr.few td { print-color-adjust:exact; -webkit-print-color-adjust:exact; } }
"""

SCRIPT = """
document.querySelectorAll("table.sortable").forEach(function (table) {
  var heads = table.tHead.rows[0].cells;
  Array.prototype.forEach.call(heads, function (head, column) {
    head.firstElementChild.addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending", body = table.tBodies[0];
      Array.prototype.forEach.call(heads, function (h) { h.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      var value = function (row) { return row.cells[column].getAttribute("data-sort"); };
      Array.from(body.rows).sort(function (a, b) {
        var x = value(a), y = value(b);
        if (x === "" || y === "") return (x === "") - (y === "");
        var order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return up ? order : -order;
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
});
var opened = [];
addEventListener("beforeprint", function () {
  document.querySelectorAll("details:not([open])").forEach(function (d) {
    if (d.querySelectorAll("tr").length <= 400) { d.open = true; opened.push(d); }
  });
});
addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); opened = []; });
"""
