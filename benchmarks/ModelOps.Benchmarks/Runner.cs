namespace ModelOps.Benchmarks;

/// <summary>Runs ours and the peer in turn and compares pair by pair: machines are noisy, and noise that lasts hits both.</summary>
internal static class Runner
{
    private const int Resamples = 10_000;

    public static Outcome Run(Measure measure, Action<string> log)
    {
        measure.Prepare();
        var ours = new double[measure.Pairs];
        var peer = new double[measure.Pairs];
        for (int i = 0; i < measure.Pairs; i++)
        {
            // Alternating who goes first cancels what the first run leaves warm for the second.
            if (i % 2 == 0)
            {
                ours[i] = measure.Ours();
                peer[i] = measure.Peer();
            }
            else
            {
                peer[i] = measure.Peer();
                ours[i] = measure.Ours();
            }

            log($"{measure.Name}: pair {i + 1}/{measure.Pairs}: ours {ours[i]:G4}, peer {peer[i]:G4} {measure.Unit}");
        }

        double[] ratios = [.. ours.Zip(peer, (o, p) => o / p)];
        double[] ci = BootstrapMedian(ratios);
        double ratio = Median(ratios);
        double decides = !measure.IsTight ? ratio : measure.Op == "<=" ? ci[1] : ci[0];
        bool pass = measure.Op == "<=" ? decides <= measure.Bound : decides >= measure.Bound;
        return new Outcome(measure.Name, Round(Median(ours)), Round(Median(peer)), measure.Unit, Round(ratio), measure.Op, measure.Bound, measure.Pairs, [Round(ci[0]), Round(ci[1])], pass);
    }

    /// <summary>Percentile bootstrap interval of the median ratio, seeded.</summary>
    private static double[] BootstrapMedian(double[] ratios)
    {
        var random = new Random(1);
        var medians = new double[Resamples];
        var sample = new double[ratios.Length];
        for (int i = 0; i < Resamples; i++)
        {
            for (int j = 0; j < sample.Length; j++)
            {
                sample[j] = ratios[random.Next(ratios.Length)];
            }

            medians[i] = Median(sample);
        }

        Array.Sort(medians);
        return [medians[(int)(0.025 * Resamples)], medians[(int)(0.975 * Resamples)]];
    }

    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double Round(double value) => double.Parse(value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
