// Before anything is painted: the theme and the language of last time, so that nothing flashes.
;(function () {
  var theme = localStorage.getItem("skyeye.theme")
  var dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches
  document.documentElement.classList.toggle("dark", dark)
  if (localStorage.getItem("skyeye.language") === "en") document.documentElement.lang = "en"
})()
