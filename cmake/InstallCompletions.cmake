# Part of cmake_install.cmake, after `program` and `datadir` (both relative to the prefix) are set.
set(prefix "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
foreach(place bash:bash-completion/completions/ternsim zsh:zsh/site-functions/_ternsim
              fish:fish/vendor_completions.d/ternsim.fish)
  string(REPLACE ":" ";" place ${place})
  list(GET place 0 shell)
  list(GET place 1 file)
  execute_process(COMMAND "${prefix}/${program}" completion ${shell} OUTPUT_VARIABLE script COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE "${prefix}/${datadir}/${file}" "${script}")
  message(STATUS "Installing: ${prefix}/${datadir}/${file}")
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${CMAKE_INSTALL_PREFIX}/${datadir}/${file}")
endforeach()
