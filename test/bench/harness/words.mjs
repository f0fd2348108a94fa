// What every benchmark says, in both languages, and the way to say it.

/** @typedef {Record<string, { en: string, zh: string }>} Words */

/** @type {Words} */
const everywhere = {
  begins: { en: '{name} ...', zh: '{name} ……' },
  failed: { en: '{name} failed: {reason}', zh: '{name} 失败：{reason}' },
  machine: {
    en: '{cpu}, {cores} cores, {memoryGib} GiB, {platform}, Node {node}; load {load}; {date}',
    zh: '{cpu}，{cores} 核，{memoryGib} GiB，{platform}，Node {node}；负载 {load}；{date}',
  },
  busy: {
    en: 'The machine was busy with other work (load {load} on {cores} cores before the start): times are too long, those of the clock most of all.',
    zh: '机器当时忙于其他工作（开始前 {cores} 核上的负载为 {load}）：时间偏长，时钟时间尤甚。',
  },
  met: { en: 'met', zh: '达到' },
  missed: { en: 'MISSED', zh: '未达到' },
  absent: { en: 'absent: {reason}', zh: '不可用：{reason}' },
};

function language() {
  const { COHORTIUM_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env;
  return /^zh\b|^zh[_-]/i.test(COHORTIUM_LANG || LC_ALL || LC_MESSAGES || LANG || '') ? 'zh' : 'en';
}

/** Ways to say a benchmark's own words and those of all; its own go first. */
export function speaker(/** @type {Words} */ own) {
  const words = { ...everywhere, ...own };
  return {
    /** A text in the language of the environment, with `{name}` replaced by the parameters. */
    say: (/** @type {string} */ key, /** @type {Record<string, string | number>} */ params = {}) => {
      const text = words[key];
      if (text === undefined) throw new Error(`no words for ${key}`);
      return text[language()].replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? '?'));
    },
    /** True where there are words for a key. */
    hasWords: (/** @type {string} */ key) => Object.hasOwn(words, key),
  };
}

/** Lines on the machine, with a warning where it was busy. @returns {string[]} */
export function machineLines(
  /** @type {{ machine: import('./machine.mjs').Machine, date: string }} */ { machine, date },
  /** @type {(key: string, params: Record<string, string | number>) => string} */ say,
) {
  const load = machine.load.toFixed(1);
  const busy = machine.load > machine.cores / 2 ? [say('busy', { load, cores: machine.cores })] : [];
  return [say('machine', { ...machine, load, date }), ...busy];
}
