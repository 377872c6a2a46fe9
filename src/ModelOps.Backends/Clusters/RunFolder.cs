using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Backends.Clusters;

/// <summary>
/// The folder of one run, on a file system that every node sees at the same path. The node's side is the script: each start of the job writes into a folder of its
/// own below <c>attempts</c>, so that nothing is torn when a node dies in the middle of a line, and says how it ended in a file that appears whole.
/// </summary>
/// <param name="path">Absolute.</param>
public sealed class RunFolder(string path)
{
    private const string Said = "output", Complained = "errors", Code = "exit";

    public string Path { get; } = path;

    /// <summary>Where the work leaves its result.</summary>
    public string Result => System.IO.Path.Combine(Path, "result");

    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    public string Script => System.IO.Path.Combine(Path, "run.sh");

    /// <summary>What the cluster itself has to say of the job.</summary>
    public string Log => System.IO.Path.Combine(Path, "log");

    /// <summary>The work has come to a good end: there is a result.</summary>
    public bool IsDone => File.Exists(System.IO.Path.Combine(Path, "done"));

    private string AllAttempts => System.IO.Path.Combine(Path, "attempts");

    /// <summary>All starts so far, the latest last.</summary>
    public IReadOnlyList<Attempt> Attempts => !Directory.Exists(AllAttempts) ? []
        : [.. Directory.GetDirectories(AllAttempts).Select(Attempt.Of).OfType<Attempt>().OrderBy(a => a.Job).ThenBy(a => a.Start)];

    /// <summary>The last start; null when there was none.</summary>
    public Attempt? Latest => Attempts is [.., var last] ? last : null;

    /// <summary>What changes when the work gets on: name, size and time of every file of the checkpoints.</summary>
    public string Progress => !Directory.Exists(Checkpoints) ? ""
        : string.Join('|', new DirectoryInfo(Checkpoints).EnumerateFiles("*", SearchOption.AllDirectories).Select(f => $"{f.Name} {f.Length} {f.LastWriteTimeUtc.Ticks}").Order(StringComparer.Ordinal));

    /// <summary>Writes the script: it runs the command unless an earlier job has done so already, and may be started any number of times.</summary>
    /// <param name="command">A line for the shell. What it writes to standard output and error is kept apart.</param>
    public void WriteScript(string command)
    {
        // Another cluster than Slurm sets MODELOPS_ATTEMPT, a job's number and how often it was started before, with a point between.
        string text = $$"""
            #!/bin/sh
            # Written by ModelOps. A job of this name has this one work to do; it may be started again at any time.
            cd {{Quote(Path)}} || exit 125
            [ -e done ] && exit 0
            start=${SLURM_RESTART_COUNT:-0}
            attempt=attempts/${MODELOPS_ATTEMPT:-$SLURM_JOB_ID.$start}
            mkdir -p "$attempt" || exit 125
            {{command}} </dev/null >"$attempt/{{Said}}" 2>"$attempt/{{Complained}}"
            code=$?
            [ "$code" = 0 ] && : >done
            echo "$code" >"$attempt/{{Code}}.tmp" && mv "$attempt/{{Code}}.tmp" "$attempt/{{Code}}"
            exit "$code"

            """;
        AtomicFile.Write(Script, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text.ReplaceLineEndings("\n")));
    }

    /// <summary>Forgets earlier starts; only while no job runs.</summary>
    public void Clear()
    {
        if (Directory.Exists(Path))
        {
            FolderSwap.Delete(AllAttempts);
            File.Delete(Log);
        }
    }

    public void Delete() => FolderSwap.Delete(Path);

    /// <summary>A word that the shell takes as it is.</summary>
    public static string Quote(string word) => "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    /// <summary>One start of the job.</summary>
    /// <param name="Job">The cluster's number of the job.</param>
    /// <param name="Start">0, and one more each time the cluster starts the same job again.</param>
    public sealed record Attempt(string Folder, long Job, int Start)
    {
        public string Output => System.IO.Path.Combine(Folder, Said);

        public string Errors => System.IO.Path.Combine(Folder, Complained);

        /// <summary>How the command ended; null while it runs, and when its machine was taken away.</summary>
        public int? ExitCode
        {
            get
            {
                try
                {
                    return int.TryParse(File.ReadAllText(System.IO.Path.Combine(Folder, Code)), NumberStyles.Integer, CultureInfo.InvariantCulture, out int code) ? code : null;
                }
                catch (IOException)
                {
                    return null;
                }
            }
        }

        internal static Attempt? Of(string folder)
            => System.IO.Path.GetFileName(folder).Split('.') is [var job, var start] && long.TryParse(job, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && int.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? new Attempt(folder, number, count) : null;
    }
}
