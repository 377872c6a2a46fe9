using ModelOps.Backends.Clusters;
using ModelOps.Backends.Clusters.Slurm;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Where a training runs when it does not run on the machine that builds. None of it changes a result, and none of it is part of a key.</summary>
/// <param name="Directory">A folder that every node sees; empty: the store's.</param>
public sealed record ClusterSettings(SlurmOptions Slurm, string Directory)
{
    /// <summary>The word of <c>Trainer</c>.</summary>
    public const string Trainer = "slurm";

    /// <summary>The setting with the trainer itself, which alone decides what is trained: <c>Trainer</c>, or what Slurm is to run.</summary>
    public static string TrainerSetting(ProjectInputs inputs) => IsUsed(inputs) ? Names.SlurmTrainer : Names.Trainer;

    /// <summary>Null where a project trains without a cluster.</summary>
    public static ClusterSettings? Parse(ProjectInputs inputs, SettingParser parser)
    {
        if (!IsUsed(inputs))
        {
            return null;
        }

        string line = inputs.Setting(Names.SlurmOptions);
        IReadOnlyList<string> resources = SlurmOptions.Split(line, out string? problem);
        if (problem is not null)
        {
            parser.Report(at => ClusterErrors.BadOptions(line, problem, at), Names.SlurmOptions);
        }

        string directory = inputs.Setting(Names.SlurmDirectory);
        return new ClusterSettings(new SlurmOptions(resources, parser.Variables(Names.SlurmExport)), directory.Length == 0 ? "" : Path.GetFullPath(directory, inputs.ProjectDirectory));
    }

    public ICluster Open() => new SlurmCluster(Slurm, new SlurmTools());

    private static bool IsUsed(ProjectInputs inputs) => inputs.Setting(Names.Trainer).Equals(Trainer, StringComparison.OrdinalIgnoreCase);
}
