// Runs one measurement and tells the outcome to the parent.
process.on('disconnect', () => process.exit(1));
process.once('message', async (/** @type {{ module: string, name: string, params: any }} */ { module, name, params }) => {
  const outcome = await (await import(module))[name](params);
  process.send?.(outcome, () => process.exit(0));
});
