package dev.dbpool.embedded;

import java.util.Objects;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import org.testcontainers.utility.LogUtils;

/**
 * A container, alive or not, until it is removed.
 */
record Container(DockerClient client, String id) {

	/**
	 * What the engine says of the container.
	 */
	State state() {
		try {
			ContainerState state = this.client.inspectContainerCmd(this.id).exec().getState();
			if (Boolean.TRUE.equals(state.getPaused())) {
				return State.PAUSED;
			}
			return Boolean.TRUE.equals(state.getRunning()) ? State.RUNNING : State.ENDED;
		}
		catch (NotFoundException ex) {
			return State.ENDED;
		}
	}

	/**
	 * The status with which the main process ended.
	 */
	String exitStatus() {
		return Objects.toString(this.client.inspectContainerCmd(this.id).exec().getState().getExitCodeLong());
	}

	void start() {
		try {
			this.client.startContainerCmd(this.id).exec();
		}
		catch (NotModifiedException ex) {
			// it runs
		}
	}

	/**
	 * Sends the stop signal of the image to the main process, and ends every process when
	 * the time is over.
	 */
	void stop(int seconds) {
		try {
			this.client.stopContainerCmd(this.id).withTimeout(seconds).exec();
		}
		catch (NotModifiedException | NotFoundException ex) {
			// it does not run
		}
	}

	/**
	 * Sends a signal to the main process, if it is alive. Every process of the container
	 * ends with the main process.
	 */
	void signal(String name) {
		try {
			this.client.killContainerCmd(this.id).withSignal(name).exec();
		}
		catch (ConflictException | NotFoundException ex) {
			// it does not run
		}
	}

	/**
	 * Freezes every process.
	 */
	void pause() {
		this.client.pauseContainerCmd(this.id).exec();
	}

	void resume() {
		this.client.unpauseContainerCmd(this.id).exec();
	}

	/**
	 * What the container has written since it was created.
	 */
	LogText log() {
		try {
			return new LogText(LogUtils.getOutput(this.client, this.id));
		}
		catch (DockerException ex) {
			return new LogText("");
		}
	}

	/**
	 * Ends every process, and removes the container with its data.
	 */
	void remove() {
		try {
			this.client.removeContainerCmd(this.id).withForce(true).withRemoveVolumes(true).exec();
		}
		catch (NotFoundException ex) {
			// it is removed
		}
	}

	/**
	 * The states of a container.
	 */
	enum State {

		/**
		 * Its main process is alive.
		 */
		RUNNING,

		/**
		 * Its processes are frozen.
		 */
		PAUSED,

		/**
		 * It has no processes: not yet, or no more.
		 */
		ENDED

	}

}
