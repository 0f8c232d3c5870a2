package dev.dbpool.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The operating system and processor, in the words of this library.
 *
 * @param system {@code linux}, {@code darwin}, {@code win32}, or what Java calls it
 * @param processor {@code x64}, {@code arm64}, or what Java calls it
 */
record Platform(String system, String processor) {

	static Platform current() {
		return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
	}

	static Platform of(String osName, String osArch) {
		String name = osName.toLowerCase(Locale.ROOT);
		String system = name.startsWith("mac") ? "darwin" : name.startsWith("windows") ? "win32" : name;
		String processor = switch (osArch.toLowerCase(Locale.ROOT)) {
			case "amd64", "x86_64" -> "x64";
			case "aarch64", "arm64" -> "arm64";
			default -> osArch.toLowerCase(Locale.ROOT);
		};
		return new Platform(system, processor);
	}

	boolean isLinux() {
		return this.system.equals("linux");
	}

	boolean isWindows() {
		return this.system.equals("win32");
	}

	boolean isMuslLinux() {
		return isLinux() && Files.exists(Path.of("/etc/alpine-release"));
	}

	/**
	 * The file name of a program.
	 */
	String executable(String name) {
		return isWindows() ? name + ".exe" : name;
	}

	@Override
	public String toString() {
		return this.system + '-' + this.processor;
	}

}
