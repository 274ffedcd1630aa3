"""A page that answers a typed text with a line of text: what a browser needs where there is nothing to draw."""

import streamlit as st

st.markdown(f"The value is {st.text_input('Value', '1', key='value')}.")
