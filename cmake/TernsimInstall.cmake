# What `cmake --install` puts where: the command with its data and completions, and the library as a CMake package.
# Nothing of it names the build tree or the prefix: it works wherever it is moved to.
include(CMakePackageConfigHelpers)

install(TARGETS ternsim RUNTIME)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Data, laid out as in the source tree.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/configs DESTINATION ${TERNSIM_DATA_DIR}
        FILES_MATCHING PATTERN "*.yaml" PATTERN "*.csv")
foreach(file LICENSE-CDLA-Sharing-1.0.txt MODEL_CARD.md NOTICE.md heldout_slice.txt tinyllm-b158.gguf)
  install(FILES ${CMAKE_SOURCE_DIR}/assets/${file} DESTINATION ${TERNSIM_DATA_DIR}/assets)
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/rtl/configs.yaml DESTINATION ${TERNSIM_DATA_DIR}/rtl)
install(FILES ${CMAKE_SOURCE_DIR}/reports/synthesis/synthesis.json DESTINATION ${TERNSIM_DATA_DIR}/reports/synthesis)

# The installed command writes its own completions: it alone knows its options.
if(NOT CMAKE_CROSSCOMPILING)
  install(CODE "set(program \"${CMAKE_INSTALL_BINDIR}/$<TARGET_FILE_NAME:ternsim>\")
set(datadir \"${CMAKE_INSTALL_DATADIR}\")")
  install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/InstallCompletions.cmake)
endif()

# The library. A static one: who links it needs what its objects call, which ternsimConfig.cmake finds.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ternsim)
install(TARGETS ternsim_package EXPORT ternsimTargets ARCHIVE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/api/include/ternsim ${CMAKE_BINARY_DIR}/api/include/ternsim
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT ternsimTargets NAMESPACE ternsim:: DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ternsimConfig.cmake.in ${CMAKE_BINARY_DIR}/ternsimConfig.cmake
                              INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ternsimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/ternsimConfig.cmake ${CMAKE_BINARY_DIR}/ternsimConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/FindSystemC.cmake DESTINATION ${package})
