using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>
/// The sigmoid loss of direct preference optimisation (Rafailov et al., 2023, arXiv:2305.18290, equation 7). With z = reward of the chosen
/// answer minus reward of the rejected one, a reward being beta times the log-probability that the answer has gained over the reference:
/// -(1 - e)·log σ(z) - e·log σ(-z), where e is the label smoothing (Mitchell, 2023), the share of pairs that may be the wrong way round.
/// </summary>
internal readonly struct PreferenceLoss
{
    /// <param name="chosenGain">Log-probability of the chosen answer minus the reference's, in nats.</param>
    internal PreferenceLoss(double chosenGain, double rejectedGain, double beta, double smoothing)
    {
        Margin = beta * (chosenGain - rejectedGain);
        double wrong = Sigmoid(-Margin), right = Sigmoid(Margin);
        Loss = (1 - smoothing) * SoftPlus(-Margin) + smoothing * SoftPlus(Margin);
        ChosenWeight = beta * ((1 - smoothing) * wrong - smoothing * right);
    }

    internal double Loss { get; }

    /// <summary>z: how much more the chosen answer is rewarded.</summary>
    internal double Margin { get; }

    /// <summary>Derivative of the loss by the chosen answer's negative log-likelihood; that by the rejected one's is its opposite.</summary>
    internal double ChosenWeight { get; }

    // log(1 + e^x) without overflow.
    private static double SoftPlus(double x) => Math.Max(x, 0) + PortableMath.Log(1 + PortableMath.Exp(-Math.Abs(x)));

    private static double Sigmoid(double x)
    {
        double e = PortableMath.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
}
