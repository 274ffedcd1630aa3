"""A page that answers a typed number with the smallest chart there is: what Streamlit and a browser need to draw anything."""

import streamlit as st

value = float(st.text_input("Value", "0.5", key="value"))
st.plotly_chart({"data": [{"type": "scatter", "mode": "lines", "x": [0, 1, 2], "y": [0, value, 1]}]})
