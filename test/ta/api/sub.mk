global-incdirs-y += . ../worker
srcs-y += api_ta.c
srcs-y += check_memory.c
srcs-y += check_property.c
srcs-y += check_session.c
srcs-y += check_storage.c
srcs-y += check_time.c
srcs-y += panics.c
