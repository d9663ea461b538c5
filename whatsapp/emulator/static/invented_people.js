/** The invented citizens whose telephones can be opened with one press: by their names, each with a new number. */
export const NAMES = ["Ayşe Yılmaz", "Mehmet Kaya", "Zeynep Şahin", "Ali Öztürk", "Fatma Çelik", "Hüseyin Aydın"];

/** One who hides the number behind a username. */
export const CAN = { name: "Can Demir", username: "can.demir" };
