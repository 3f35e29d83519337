"""Validation, estimation and editing of interval data (MT-9): plain rules, from the raw day to the one that counts.

The way of a channel's days: ``series`` lays them in a row, ``rules`` say what is wrong with which value, ``estimation``
fills what is missing or failed, ``scaling`` brings the estimates to what the registers counted, ``editing`` lays an
operator's values over it, ``pipeline`` does one after the other. ``screening`` finds, by a few figures of a day, that
there is nothing to do.
"""
