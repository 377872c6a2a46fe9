namespace ModelOps.Backends.Commands;

/// <summary>A command that answers: it reads questions as JSON Lines from standard input and writes answers as JSON Lines to standard output.</summary>
/// <param name="Name">For people, and in reports.</param>
/// <param name="Command">A line for the system's shell.</param>
/// <param name="Directory">Where it runs.</param>
public sealed record CommandOptions(string Name, string Command, string Directory)
{
    /// <summary>How long the command may be silent.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);
}
