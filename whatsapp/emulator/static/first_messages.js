/** Ready messages that an empty chat offers to tap on. */
export const FIRST_MESSAGES = ["Köşk mahallesinde yolda büyük çukur var", "durum", "Selam, kolay gelsin"];
