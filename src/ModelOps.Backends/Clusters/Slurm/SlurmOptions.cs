using System.Text;

namespace ModelOps.Backends.Clusters.Slurm;

/// <summary>What a project says of its jobs; none of it changes a result.</summary>
/// <param name="Resources">Options of sbatch: partition, time, memory, devices, nodes.</param>
/// <param name="Variables">Names of environment variables that a job gets besides those of <see cref="Usual"/>.</param>
public sealed record SlurmOptions(IReadOnlyList<string> Resources, IReadOnlyList<string> Variables)
{
    /// <summary>What a program needs to find itself and others. Nothing else reaches a job: the environment of a build holds secrets.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["DOTNET_ROOT", "HOME", "LANG", "LOGNAME", "PATH", "USER"];

    // What ModelOps itself says to sbatch, and what would make of one job several, or another one.
    private static readonly string[] s_ours =
    [
        "--array", "--chdir", "--comment", "--dependency", "--error", "--export", "--export-file", "--input", "--job-name", "--no-requeue", "--open-mode", "--output", "--parsable", "--quiet",
        "--requeue", "--test-only", "--wait", "--wrap",
    ];

    private const string OursShort = "aDdeiJoQW";

    /// <summary>Splits a line as a shell would, but for variables and globs; a word that is ours is refused.</summary>
    /// <param name="problem">Why the line cannot be used; null when it can.</param>
    public static IReadOnlyList<string> Split(string line, out string? problem)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool open = false;
        foreach (char c in line)
        {
            if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                (quote, open) = (quote == '\0' ? c : '\0', true);
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                End();
            }
            else
            {
                word.Append(c);
                open = true;
            }
        }

        End();
        problem = quote != '\0' ? $"a {quote} is not closed" : words.Select(Problem).FirstOrDefault(p => p is not null);
        return words;

        void End()
        {
            if (open)
            {
                words.Add(word.ToString());
                word.Clear();
                open = false;
            }
        }
    }

    // sbatch takes any unambiguous beginning of a long option: a beginning of ours is ours.
    private static string? Problem(string word)
    {
        if (word.Any(char.IsControl))
        {
            return "it has control characters";
        }

        if (!word.StartsWith("--", StringComparison.Ordinal))
        {
            return word is ['-', var letter, ..] && OursShort.Contains(letter) ? $"'{word}' is for ModelOps to say" : null;
        }

        string name = word.Split('=')[0];
        return name == "--" ? "'--' would end the options" : name.Length > 3 && Array.Exists(s_ours, o => o.StartsWith(name, StringComparison.Ordinal)) && name is not ("--no") ? $"'{name}' is for ModelOps to say" : null;
    }
}
