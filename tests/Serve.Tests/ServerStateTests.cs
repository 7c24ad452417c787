namespace Toolchain.Serve.Tests;

public sealed class ServerStateTests
{
    [Fact]
    public async Task Requests_are_accepted_while_it_serves_and_while_it_leaves_and_the_last_one_ends_it()
    {
        var state = new ServerState();
        Assert.False(state.TryBegin());

        state.Serve();
        Assert.True(state.TryBegin());

        state.Leave();
        Assert.Equal(ServerPhase.Leaving, state.Phase);
        Assert.True(state.TryBegin());

        var idle = state.StopAccepting();
        Assert.False(state.TryBegin());
        state.Leave();
        Assert.Equal(ServerPhase.Stopping, state.Phase);
        state.End();
        Assert.False(idle.IsCompleted);
        state.End();
        await idle;
    }
    [Fact]
    public async Task Whoever_waits_for_the_end_of_a_phase_misses_none()
    {
        var state = new ServerState();
        var phases = new List<ServerPhase>();

        foreach (var change in new Action[] { state.Serve, state.Leave, () => state.StopAccepting() })
        {
            var (end, phase) = (state.PhaseEnd, state.Phase);
            Assert.False(end.IsCompleted);
            phases.Add(phase);
            change();
            await end;
        }

        Assert.Equal([ServerPhase.Starting, ServerPhase.Serving, ServerPhase.Leaving], phases);
        Assert.False(state.PhaseEnd.IsCompleted);
    }
}
