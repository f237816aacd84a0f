/*
 * display.h: dates, times and ages as clinicians of the NHS read them.
 *
 * NHS Common User Interface: DD-Mmm-YYYY whatever the locale ("01-Jan-1999"), less when less was
 * recorded ("Jan-1999", "1999"), 24-hour time; the long form ("01 January 1999") for the public and
 * screen readers. A recorded time is shown in the offset that it was recorded with.
 */
#ifndef EVENLODE_NHS_DISPLAY_H
#define EVENLODE_NHS_DISPLAY_H

#include "base/instant.h"

#define DISPLAY_SIZE 40

/* "12-Mar-1944", "Mar-1944", "1944" */
void display_date(const struct instant *instant, char ret_text[DISPLAY_SIZE]);
/* "12-Mar-1944 09:05" when there is a time, else as display_date */
void display_date_time(const struct instant *instant, char ret_text[DISPLAY_SIZE]);
/* "12 March 1944" */
void display_date_long(const struct instant *instant, char ret_text[DISPLAY_SIZE]);
/*
 * NHS CUI: hours below two days, days below four weeks, weeks below one year, months and weeks
 * below two years (months here), years and months below 18 years, then years: "36hrs", "12d",
 * "7w", "16m", "9y 4m", "82y". Empty when birth lies after `at`.
 */
void display_age(const struct instant *birth, const struct instant *at,
                 char ret_text[DISPLAY_SIZE]);

#endif
