using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_runs_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        for (var round = 0; round < 3000; round++)
        {
            var counts = new int[round % 17];
            team.For(counts.Length, part => Interlocked.Increment(ref counts[part]));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Sleeping_workers_wake()
    {
        using var team = new ThreadTeam(3);
        for (var round = 0; round < 5; round++)
        {
            Thread.Sleep(20); // Long enough for the workers to park.
            using var together = new Barrier(3);
            team.For(3, _ => Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(30))));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    public void What_a_busy_thread_leaves_others_take(int busy)
    {
        using var team = new ThreadTeam(2);
        var others = 0;
        var taken = true;
        team.For(40, part =>
        {
            if (part == busy) taken = SpinWait.SpinUntil(() => Volatile.Read(ref others) == 39, TimeSpan.FromSeconds(30));
            else Interlocked.Increment(ref others);
        });
        Assert.True(taken);
    }

    [Fact]
    public void A_thread_that_waits_does_something_meanwhile()
    {
        using var team = new ThreadTeam(2);
        var calls = 0;
        team.Meanwhile = () => Interlocked.Increment(ref calls) < 10;
        var asked = false;
        team.For(1000, part =>
        {
            if (part == 0) asked = SpinWait.SpinUntil(() => Volatile.Read(ref calls) >= 10, TimeSpan.FromSeconds(30));
        });
        Assert.True(asked);
    }

    [Fact]
    public void A_nested_call_runs_inline()
    {
        using var team = new ThreadTeam(2);
        var sums = new int[8];
        team.For(8, outer =>
        {
            Assert.True(team.RunsInline);
            team.For(10, inner => sums[outer] += inner);
        });
        Assert.False(team.RunsInline);
        Assert.All(sums, sum => Assert.Equal(45, sum));
    }

    [Fact]
    public void A_failing_part_fails_the_call_and_the_team_goes_on()
    {
        using var team = new ThreadTeam(2);
        var ran = 0;
        var failure = Assert.Throws<InvalidDataException>(() => team.For(20, part =>
        {
            Interlocked.Increment(ref ran);
            if (part == 7) throw new InvalidDataException("part 7");
        }));
        Assert.Equal("part 7", failure.Message);
        Assert.Equal(20, ran);
        team.For(4, _ => Interlocked.Increment(ref ran));
        Assert.Equal(24, ran);
    }

    [Fact]
    public void Calls_from_several_threads_take_turns()
    {
        using var team = new ThreadTeam(3);
        var total = 0;
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 200; i++) team.For(5, _ => Interlocked.Increment(ref total));
        });
        Assert.Equal(4000, total);
    }

    [Fact]
    public void A_disposed_team_refuses_work()
    {
        var team = new ThreadTeam(2);
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.For(2, _ => { }));
    }
}
