// How scripts write a day and a time: as the pages do (melikgazi/formats/tr/formats.py).

const two = (number) => String(number).padStart(2, "0");

/** 14.05 */
export const clock = (at) => `${two(at.getHours())}.${two(at.getMinutes())}`;

/** 30.11.2026, of 2026-11-30. */
export const day = (code) => code.split("-").reverse().join(".");

/** 30.11, for an axis. */
export const dayOfMonth = (code) => day(code).slice(0, 5);

/** Kas 2026, for an axis. */
export const month = (code) => new Date(`${code}T12:00`).toLocaleDateString("tr", { month: "short", year: "numeric" });
