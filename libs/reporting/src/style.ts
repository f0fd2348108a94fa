/**
 * The report's style sheet. Text is at least 7:1 on its ground, lines and marks at least 3:1; sizes are relative, so the page
 * reflows at 400 %; wide content scrolls inside its own region; print shows one language without navigation.
 */
export const styleSheet = `
:root{color-scheme:light;--ink:#1a1a1a;--soft:#4d4d4d;--line:#8c8c8c;--pale:#f3f5f7;--link:#00508c}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:#fff;color:var(--ink);font:1rem/1.55 system-ui,"Segoe UI","Noto Sans",sans-serif}
[lang|=zh]{font-family:system-ui,"PingFang SC","Microsoft YaHei","Noto Sans SC","Noto Sans CJK SC",sans-serif;line-height:1.7}
.frame{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{border-bottom:1px solid var(--line)}
header .frame{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem;padding-top:.5rem;padding-bottom:.5rem}
header nav{display:flex;gap:.25rem}
header nav a{display:inline-block;min-width:2.75rem;min-height:2rem;padding:.25rem .75rem;text-align:center;border:1px solid var(--line);border-radius:.25rem;text-decoration:none}
header nav a[aria-current]{background:var(--link);border-color:var(--link);color:#fff;font-weight:600}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid #b34700;outline-offset:2px}
h1{font-size:1.9rem;line-height:1.25;margin:1.5rem 0 .25rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.5rem 0 .25rem;padding-top:.75rem;border-top:2px solid var(--ink)}
h1,h2,p,li,dd,figcaption{overflow-wrap:anywhere}
p,li,dd,figcaption{max-width:52rem}
[lang|=zh] p,[lang|=zh] li,[lang|=zh] dd,[lang|=zh] figcaption{max-width:46rem}
.kind,.items,.how,.reason{color:var(--soft)}
.kind{margin-top:0}
.items{margin:0 0 .75rem;font-size:.875rem}
p.banner{max-width:none!important;border:2px solid #8a5a00;border-left-width:.5rem;background:#fff6dd;padding:.5rem .75rem;font-weight:600}
.verdict{border-left:.35rem solid var(--ink);background:var(--pale);padding:.6rem .9rem;font-size:1.1rem}
.note{border-left:.35rem solid var(--line);padding-left:.75rem}
.legend{margin:1rem 0;font-size:.9rem}
.legend ul{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;list-style:none;margin:.25rem 0;padding:0}
figcaption strong{display:block}
.contents ul{columns:18rem;list-style:none;padding:0}
article{scroll-margin-top:6rem}
.contents a{display:inline-block;padding:.15rem 0;min-height:1.5rem}
.scroll{overflow-x:auto;margin:.75rem 0 .25rem}
table{border-collapse:collapse;font-size:.9375rem;min-width:min(100%,26rem)}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{padding:.35rem .75rem .35rem .25rem;text-align:left;vertical-align:top;border-bottom:1px solid #c9ced3}
thead th{border-bottom:2px solid var(--ink);vertical-align:bottom}
tbody th{font-weight:600;min-width:5rem;max-width:26rem;overflow-wrap:break-word}
td{max-width:34rem;overflow-wrap:break-word}
.number{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}
.interval,.reason{display:block;font-size:.85em}
.interval,.value{white-space:nowrap}
.state{font-weight:600;white-space:nowrap}
.tag{display:inline-block;white-space:nowrap;border:1px solid var(--soft);border-radius:.75rem;padding:0 .5rem;font-size:.8em;font-weight:400}
code{font-family:ui-monospace,"Cascadia Mono","DejaVu Sans Mono",monospace;font-size:.875em;overflow-wrap:anywhere}
dl.methods{display:grid;grid-template-columns:minmax(8rem,12rem) 1fr;gap:.5rem 1rem}
dt{font-weight:600}
dd{margin:0}
dd p{margin:0}
figure{margin:1.25rem 0;padding:0}
svg.chart{display:block;max-width:none;border:1px solid #c9ced3}
.how{font-size:.9rem;margin:0}
.links{margin:.1rem 0 1rem;font-size:.9rem}
.links a{display:inline-block;min-height:1.5rem;margin-right:.9rem}
summary{cursor:pointer;padding:.25rem 0;color:var(--link);min-height:1.5rem}
ul.plain{list-style:none;margin:0;padding:0}
footer{border-top:1px solid var(--line);margin-top:3rem;color:var(--soft);font-size:.875rem}
@media (max-width:40rem){dl.methods{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
@media print{
@page{margin:15mm}
html{font-size:10pt}
body{font-size:10pt}
header,.contents,.links{display:none}
a{color:inherit;text-decoration:none}
.scroll{overflow:visible;break-inside:avoid}
details .scroll{break-inside:auto}
.interval{white-space:normal}
tbody th{overflow-wrap:anywhere}
th,td{padding-right:.4rem}
table{font-size:8.5pt;width:100%}
svg.chart{width:100%;height:auto;border:0}
h2,.items,figcaption,caption{break-after:avoid}
figure,tr,.verdict,.banner{break-inside:avoid}
thead{display:table-header-group}
summary{list-style:none;color:var(--ink);font-weight:600}
summary::-webkit-details-marker{display:none}
details[open]>summary{display:none}
details:not([open])>summary::after{content:" " attr(data-print);font-weight:400}
}
`;
