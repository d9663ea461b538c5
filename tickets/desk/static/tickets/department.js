import { offerCopies } from "./copy_figures.js";

offerCopies(document.querySelector(".department"));
