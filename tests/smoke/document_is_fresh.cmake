# Run by ctest: cmake -DCOMMAND="PROGRAM ARGUMENTS" -DDOCUMENT=... -DFRESH=... -P document_is_fresh.cmake
#
# Fails unless COMMAND, given the file FRESH as its last argument, writes into it what stands in DOCUMENT.
separate_arguments(command UNIX_COMMAND "${COMMAND}")
execute_process(COMMAND ${command} ${FRESH} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FRESH} ${DOCUMENT} RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "${DOCUMENT} is not fresh; renew it: ${COMMAND} ${DOCUMENT}")
endif()
