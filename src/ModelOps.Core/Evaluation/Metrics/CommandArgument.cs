using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The argument of a metric by a command: its line, and the content of the files that decide what it says.</summary>
public static class CommandArgument
{
    private const string InputMark = "\n# input ";

    /// <param name="line">For the system's shell.</param>
    /// <param name="inputs">Digests of the files that it reads: the script itself, a word list.</param>
    public static string Of(string line, IEnumerable<Digest> inputs) => line + string.Concat(inputs.Select(d => InputMark + d));

    /// <summary>The command line alone.</summary>
    public static string LineOf(MetricSpec spec) => spec.Argument!.Split(InputMark)[0];
}
